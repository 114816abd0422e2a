import type { PointTable } from "./schema.ts";

/** A value of a metric as JSON carries it. */
export type MetricValue = number | "NaN" | "Infinity" | "-Infinity";

/** One point of a metric's history. Infinite values are kept as the largest finite number, as MLflow does. */
export interface Point {
  key: string;
  /** NaN is allowed. */
  value: number;
  timestamp: number;
  step: number;
}

export function rowOf(runId: string, point: Point): PointTable {
  const isNan = Number.isNaN(point.value);
  return {
    run_id: runId,
    key: point.key,
    step: point.step,
    timestamp: point.timestamp,
    value: isNan ? 0 : Math.min(Math.max(point.value, -Number.MAX_VALUE), Number.MAX_VALUE),
    is_nan: isNan ? 1 : 0,
  };
}

export const numberOf = (row: { value: number; is_nan: number }): number => (row.is_nan ? Number.NaN : row.value);

export const metricValueOf = (row: { value: number; is_nan: number }): MetricValue => (row.is_nan ? "NaN" : row.value);

/** The point that counts as a metric's value, of each metric of each run: the greatest by step, then time, then value. */
export function latestOf(rows: PointTable[]): PointTable[] {
  const latest = new Map<string, PointTable>();
  for (const row of rows) {
    const known = latest.get(`${row.run_id} ${row.key}`);
    if (!known || isLater(row, known)) latest.set(`${row.run_id} ${row.key}`, row);
  }
  return [...latest.values()];
}

const isLater = (a: PointTable, b: PointTable): boolean =>
  a.step - b.step || a.timestamp - b.timestamp ? (a.step - b.step || a.timestamp - b.timestamp) > 0 : a.value > b.value;
