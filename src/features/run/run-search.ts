import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { compare, type Operand, type Operator } from "./compare.ts";
import { type RunRecord, withFacts } from "./run.ts";
import type { LifecycleStage, RunTable } from "./schema.ts";

export interface RunCondition {
  on: "attribute" | "metric" | "param" | "tag" | "dataset";
  /** For an attribute, a column of `run`; for a data set `name`, `digest` or `context`. */
  key: string;
  operator: Operator;
  value: Operand;
}

export interface RunOrder {
  on: "attribute" | "metric" | "param" | "tag";
  key: string;
  descending: boolean;
}

export interface RunSearch {
  workspace: string;
  experimentIds: number[];
  stages: LifecycleStage[];
  where: RunCondition[];
  orderBy: RunOrder[];
  limit: number;
  offset: number;
}

/** Runs of some experiments; by default those started last come first. */
export async function searchRuns(ctx: Ctx, search: RunSearch): Promise<RunRecord[]> {
  if (search.experimentIds.length === 0) return [];
  let query = ctx.db
    .selectFrom("run")
    .selectAll()
    .where("workspace", "=", search.workspace)
    .where("experiment_id", "in", search.experimentIds)
    .where("lifecycle_stage", "in", search.stages);
  for (const condition of search.where) query = query.where(conditionSql(condition));
  for (const order of search.orderBy) query = inOrder(query, order);
  const rows: RunTable[] = await query
    .orderBy("started_at", (by) => by.desc().nullsLast())
    .orderBy("id")
    .limit(search.limit)
    .offset(search.offset)
    .execute();
  return inChunks(rows, 1000, (chunk) => withFacts(ctx, chunk));
}

const tables = { metric: "run_latest_metric", param: "run_param", tag: "run_tag" } as const;

function conditionSql({ on, key, operator, value }: RunCondition): RawBuilder<SqlBool> {
  if (on === "attribute") return compare(sql.ref(`run.${key}`), operator, value);
  if (on === "dataset") return datasetSql(key, operator, value);
  const table = sql.table(tables[on]);
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

type RunQuery = SelectQueryBuilder<Tables, "run", RunTable>;

/** Runs without the fact come last in both directions; NaN comes after numbers. */
function inOrder(query: RunQuery, { on, key, descending }: RunOrder): RunQuery {
  const sorted = (on: RunQuery, by: RawBuilder<unknown>, down: boolean) =>
    on.orderBy(by, (order) => (down ? order.desc().nullsLast() : order.asc().nullsLast()));
  if (on === "attribute") return sorted(query, sql.ref(`run.${key}`), descending);
  const fact = (column: string) =>
    sql`(select ${sql.ref(column)} from ${sql.table(tables[on])} as fact where fact.run_id = run.id and fact.key = ${key})`;
  const base = on === "metric" ? sorted(query, fact("is_nan"), false) : query;
  return sorted(base, fact("value"), descending);
}

async function inChunks<T, R>(items: T[], size: number, work: (chunk: T[]) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += size) results.push(...(await work(items.slice(from, from + size))));
  return results;
}
