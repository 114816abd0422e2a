import { chiSquaredSurvival } from "./chi-squared-distribution.ts";

/** A test's statistic and the probability of one at least as large where nothing has changed. */
export interface TestResult {
  statistic: number;
  pValue: number;
}

/**
 * Pearson's chi-squared test of production counts against those that the reference's shares lead to expect, over the same
 * categories. Azure ML's and Evidently's form, which takes the reference's shares for exact.
 *
 * A category that only production has makes the statistic infinite and the p-value 0. Both samples need observations.
 */
export function chiSquaredGoodnessOfFit(reference: readonly number[], production: readonly number[]): TestResult {
  const scale = total(production) / total(reference);
  let statistic = 0;
  let categories = 0;
  reference.forEach((count, category) => {
    const expected = count * scale;
    const observed = production[category]!;
    if (expected === 0 && observed === 0) return;
    categories++;
    statistic += (observed - expected) ** 2 / expected;
  });
  return { statistic, pValue: chiSquaredSurvival(statistic, categories - 1) };
}

/**
 * Pearson's chi-squared test that two samples come from one distribution, over the same categories. NannyML's and Alibi
 * Detect's form (scipy's `chi2_contingency`), with Yates' correction for two categories; it allows for chance in both
 * samples and for categories that only one of them has.
 */
export function chiSquaredContingency(reference: readonly number[], production: readonly number[]): TestResult {
  const totals = [total(reference), total(production)];
  const all = total(totals);
  const rows = reference.map((count, category) => [count, production[category]!]).filter((row) => total(row) > 0);
  let statistic = 0;
  for (const row of rows) {
    row.forEach((count, sample) => {
      const expected = (total(row) * totals[sample]!) / all;
      const difference = Math.abs(count - expected);
      const correction = rows.length === 2 ? Math.min(0.5, difference) : 0;
      statistic += (difference - correction) ** 2 / expected;
    });
  }
  return { statistic, pValue: chiSquaredSurvival(statistic, rows.length - 1) };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
