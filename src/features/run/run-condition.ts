import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compare, type Operand, type Operator } from "../search/index.ts";
import type { RunCondition } from "./run-search.ts";

export const factTables = { metric: "run_latest_metric", param: "run_param", tag: "run_tag" } as const;

/** What a row of `run` must fit. A comparison with a fact that a run does not have never holds. */
export function conditionSql({ on, key, operator, value }: RunCondition): RawBuilder<SqlBool> {
  if (on === "attribute") return compare(sql.ref(`run.${key}`), operator, value);
  if (on === "dataset") return datasetSql(key, operator, value);
  const table = sql.table(factTables[on]);
  const found = (extra: RawBuilder<unknown>): RawBuilder<SqlBool> =>
    sql`exists (select 1 from ${table} as fact where fact.run_id = run.id and fact.key = ${key}${extra})`;
  if (operator === "IS NOT NULL") return found(sql``);
  if (operator === "IS NULL") return sql`not ${found(sql``)}`;
  if (on === "metric") return found(sql` and fact.is_nan = 0 and ${compare(sql.ref("fact.value"), operator, value)}`);
  return found(sql` and ${compare(sql.ref("fact.value"), operator, value)}`);
}

function datasetSql(key: string, operator: Operator, value: Operand): RawBuilder<SqlBool> {
  if (key !== "context") {
    const fits = compare(sql.ref(`used.${key}`), operator, value);
    return sql`exists (select 1 from run_dataset as used where used.run_id = run.id and ${fits})`;
  }
  const fits = compare(sql.ref("used.value"), operator, value);
  return sql`exists (select 1 from run_dataset_tag as used
    where used.run_id = run.id and used.key = 'mlflow.data.context' and ${fits})`;
}
