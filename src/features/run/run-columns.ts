import { invalid } from "../../contract/errors.ts";
import { parseOrder } from "../search/index.ts";
import { runEntity } from "./run-filter.ts";

/** Which facts of a run to read; undefined for all of that kind. */
export interface RunColumns {
  metrics: string[];
  params: string[];
  tags: string[];
}

/** Reads `metrics.rmse`, ``params.`learning rate` `` and so on. */
export function runColumns(columns: string[]): RunColumns {
  const wanted: RunColumns = { metrics: [], params: [], tags: [] };
  for (const column of columns) {
    const { entity, key } = parseOrder(column);
    const on = runEntity(entity);
    if (on === "metric") wanted.metrics.push(key);
    else if (on === "param") wanted.params.push(key);
    else if (on === "tag") wanted.tags.push(key);
    else throw invalid(`"${column}" is not a column.`, { hint: "A column is metrics.…, params.… or tags.…" });
  }
  return wanted;
}
