import { columnId, columnOf } from "../table/column.ts";
import { type ComparedRun, commonKeys } from "./use-compare.ts";

/** A metric or param as an axis: a number where every run that has it has a number, else a category. */
export interface FactAxis {
  id: string;
  label: string;
  numeric: boolean;
  valueOf(run: ComparedRun): number | string | null;
}

export function factAxis(id: string, runs: ComparedRun[]): FactAxis | null {
  const column = columnOf(id);
  if (!column || column.kind === "attribute") return null;
  const { kind, key } = column;
  const texts = runs.map((run) => run[kind][key]).filter((value) => value !== undefined);
  const numeric = texts.every((value) => value !== "" && Number.isFinite(Number(value)));
  return {
    id,
    label: key,
    numeric,
    valueOf: (run) => {
      const value = run[kind][key];
      if (value === undefined) return null;
      if (!numeric) return kind === "metrics" ? null : String(value);
      return Number(value);
    },
  };
}

/** Metrics and params of the runs as names of axes. */
export function factIds(runs: ComparedRun[]): { metrics: string[]; params: string[] } {
  return {
    metrics: commonKeys(runs, (run) => run.metrics).map((key) => columnId("metrics", key)),
    params: commonKeys(runs, (run) => run.params).map((key) => columnId("params", key)),
  };
}

/** The params that differ between the runs, those with the most values first. */
export function varyingParams(runs: ComparedRun[]): string[] {
  const values = (id: string) => new Set(runs.map((run) => factAxis(id, runs)!.valueOf(run))).size;
  return factIds(runs)
    .params.map((id) => [id, values(id)] as const)
    .filter(([, count]) => count > 1)
    .toSorted(([, a], [, b]) => b - a)
    .map(([id]) => id);
}

export const selectData = (ids: { metrics: string[]; params: string[] }) => [
  { group: "Metrics", items: ids.metrics.map((value) => ({ value, label: value.slice("metrics.".length) })) },
  { group: "Parameters", items: ids.params.map((value) => ({ value, label: value.slice("params.".length) })) },
];
