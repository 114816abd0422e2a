import type { PointTable } from "./fact-schema.ts";

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

/** A point as it is stored, under the name of its metric. */
export type MetricPoint = Omit<PointTable, "run" | "key"> & { key: string };

export function storedPoint(point: Point): MetricPoint {
  const isNan = Number.isNaN(point.value);
  return {
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
export function latestOf<Row extends PointTable>(rows: Row[]): Row[] {
  const latest = new Map<string, Row>();
  for (const row of rows) {
    const known = latest.get(`${row.run} ${row.key}`);
    if (!known || isLater(row, known)) latest.set(`${row.run} ${row.key}`, row);
  }
  return [...latest.values()];
}

const isLater = (a: PointTable, b: PointTable): boolean =>
  a.step - b.step || a.timestamp - b.timestamp ? (a.step - b.step || a.timestamp - b.timestamp) > 0 : a.value > b.value;
