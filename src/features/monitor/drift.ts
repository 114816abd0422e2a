import type { MonitorDefinition } from "../../contract/monitor.ts";
import { type ColumnReport, driftMessage, type FeatureDrift } from "./drift-message.ts";
import { type Cell, columnType } from "./statistics/column.ts";
import { compareColumn } from "./statistics/comparison.ts";

/** Cells by column name. Columns need not be equally long: each is judged by itself. */
export type Columns = ReadonlyMap<string, readonly Cell[]>;

export type DriftRule = Pick<MonitorDefinition, "features" | "numerical" | "categorical" | "minRows">;

export interface DriftReport {
  verdict: "pass" | "fail" | "inconclusive";
  /** One entry per column and metric, the column that moved furthest first. */
  features: FeatureDrift[];
  /** Which columns moved and how far, and which could not be judged and why. */
  message: string;
}

/** Metrics whose values are p-values, which are small where there is drift. */
const tests = new Set(["two_sample_kolmogorov_smirnov_test", "pearsons_chi_squared_test"]);

/**
 * Compares production with reference data, column by column, by the metrics and thresholds of a monitor.
 *
 * A distance above its threshold, or a p-value below it, is drift. Missing values are left out of their own column only.
 * Without features in the rule, the columns that both samples have are compared.
 *
 * `fail`: a column drifted. `inconclusive`: none did, but one has fewer than `minRows` usable production values or no
 * reference values, or there was nothing to compare. An entry of a column with too few values may say `drifted`, as its
 * value is beyond the threshold; that alone does not make the verdict `fail`.
 */
export function judgeDrift(rule: DriftRule, reference: Columns, production: Columns): DriftReport {
  const named = rule.features.length > 0 ? rule.features : [...reference.keys()].filter((name) => production.has(name));
  const columns = [...new Set(named)]
    .map((name) => judgeColumn(rule, name, reference.get(name) ?? [], production.get(name) ?? []))
    .sort((a, b) => worstFirst(a.drifts[0], b.drifts[0]));
  const doubtful = columns.filter((column) => column.doubt !== null);
  const compared = columns.filter((column) => column.doubt === null && column.drifts.length > 0);
  const moved = compared.filter((column) => column.drifts.some((drift) => drift.drifted));
  const judged = compared.length > 0 && doubtful.length === 0;
  return {
    verdict: moved.length > 0 ? "fail" : judged ? "pass" : "inconclusive",
    features: columns.flatMap((column) => column.drifts),
    message: driftMessage(compared.length, moved, doubtful),
  };
}

function judgeColumn(
  rule: DriftRule,
  feature: string,
  reference: readonly Cell[],
  production: readonly Cell[],
): ColumnReport {
  const type = columnType(reference);
  if (type === undefined) return { feature, drifts: [], difference: "", doubt: "no values in the reference data" };
  const thresholds = Object.entries<number>(rule[type]);
  const comparison = thresholds.length > 0 ? compareColumn(type, reference, production) : null;
  const drifts = thresholds.flatMap(([metric, threshold]) => {
    if (!comparison) return [];
    const value = comparison.metrics[metric]!();
    const drifted = tests.has(metric) ? value < threshold : value > threshold;
    return [{ feature, type, metric, value, threshold, drifted, histogram: comparison.histogram }];
  });
  const usable = comparison?.productionCount ?? 0;
  const few = thresholds.length > 0 && usable < rule.minRows;
  return {
    feature,
    drifts: drifts.sort(worstFirst),
    difference: comparison?.difference ?? "",
    doubt: few ? `${usable} usable production values where ${rule.minRows} are needed` : null,
  };
}

function worstFirst(a: FeatureDrift | undefined, b: FeatureDrift | undefined): number {
  const [first, second] = [severity(a), severity(b)];
  return first === second ? 0 : second - first;
}

/** How far a value is towards its threshold: above 1 is drift. P-values count by their logarithms. */
function severity(drift: FeatureDrift | undefined): number {
  if (!drift) return Number.NEGATIVE_INFINITY;
  const { metric, value, threshold } = drift;
  const ratio = tests.has(metric) ? Math.log(value) / Math.log(threshold) : value / threshold;
  return ratio || 0;
}
