import type { TestResult } from "./chi-squared.ts";
import { kolmogorovSurvival } from "./kolmogorov-distribution.ts";

/** Samples up to this size get the exact p-value, as in scipy. */
const largestExact = 10_000;

/**
 * Two-sample, two-sided Kolmogorov–Smirnov test of non-empty samples: the largest difference of the empirical
 * distribution functions (0 to 1), and its p-value. As scipy's `ks_2samp`.
 *
 * @param method `exact` takes time and memory proportional to the product and the size of the samples; `asymptotic` uses
 * the one-sample distribution for nm / (n + m) observations; `auto` is exact up to 10,000 rows in the larger sample.
 */
export function kolmogorovSmirnov(
  reference: readonly number[],
  production: readonly number[],
  method: "auto" | "exact" | "asymptotic" = "auto",
): TestResult {
  const n = reference.length;
  const m = production.length;
  const divisor = greatestCommonDivisor(n, m);
  const steps = largestGap(reference, production) / divisor;
  const statistic = steps / ((n / divisor) * m);
  const exact = method === "exact" || (method === "auto" && Math.max(n, m) <= largestExact);
  const pValue = exact
    ? probabilityOfLeaving(n, m, divisor, steps)
    : kolmogorovSurvival(Math.round((n / (n + m)) * m), statistic);
  return { statistic, pValue: Math.min(1, pValue) };
}

/** n·m·D, in whole numbers, so that ties between rounded fractions cannot change the p-value. */
function largestGap(reference: readonly number[], production: readonly number[]): number {
  const r = Float64Array.from(reference).sort();
  const p = Float64Array.from(production).sort();
  let largest = 0;
  for (let i = 0, j = 0; i < r.length && j < p.length; ) {
    const at = Math.min(r[i]!, p[j]!);
    while (i < r.length && r[i] === at) i++;
    while (j < p.length && p[j] === at) j++;
    largest = Math.max(largest, Math.abs(i * p.length - j * r.length));
  }
  return largest;
}

/**
 * The share of lattice paths from (0, 0) to (n, m) that somewhere have |x·m − y·n| ≥ `steps`·`divisor`: of all orders in
 * which two equal samples can interleave, those with at least the observed gap (Hodges 1957, Viehmann 2021).
 */
function probabilityOfLeaving(n: number, m: number, divisor: number, steps: number): number {
  if (steps === 0) return 1;
  const across = Math.max(n, m);
  const up = Math.min(n, m);
  const acrossStep = up / divisor;
  const upStep = across / divisor;
  const column = new Float64Array(up + 1).fill(1);
  column.fill(0, 0, Math.min(Math.ceil(steps / upStep), up + 1));
  for (let x = 1; x <= across; x++) {
    const first = Math.max(Math.floor((acrossStep * x - steps) / upStep) + 1, 0);
    const end = Math.min(Math.ceil((acrossStep * x + steps) / upStep), up + 1);
    let outside = 1;
    for (let y = first; y < end; y++) {
      outside = (column[y]! * x + outside * y) / (x + y);
      column[y] = outside;
    }
    if (first > 0 && first >= end) return 1;
  }
  return column[up]!;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
