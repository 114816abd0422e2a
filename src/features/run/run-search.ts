import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import type { Operand, Operator, Position } from "../search/index.ts";
import { type RunRecord, withFacts } from "./run.ts";
import type { RunColumns } from "./run-columns.ts";
import { conditionSql } from "./run-condition.ts";
import { type RankedRow, ranking } from "./run-rank.ts";
import type { LifecycleStage } from "./schema.ts";

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

/** Which runs are meant. */
export interface RunScope {
  workspace: string;
  /** Undefined for those of every experiment. */
  experimentIds?: number[];
  stages: LifecycleStage[];
  jobId?: string;
  parentRunId?: string;
  where: RunCondition[];
}

export interface RunSearch extends RunScope {
  orderBy: RunOrder[];
  limit: number;
  /** Only runs after this position. */
  after?: Position;
  /** Everything unless said. */
  columns?: RunColumns;
}

/** Runs in an order; among equals, and by default, those started last come first. */
export async function searchRuns(ctx: Ctx, search: RunSearch): Promise<{ items: RunRecord[]; next?: Position }> {
  if (search.experimentIds?.length === 0) return { items: [] };
  const rank = ranking(search.orderBy);
  const found = await sql<RankedRow>`select * from
    (select run.*, ${rank.columns} from run ${rank.joins} where ${scopeSql(search)}) as run
    where ${search.after ? rank.after(search.after) : sql`1 = 1`}
    order by ${rank.order} limit ${search.limit + 1}`.execute(ctx.db);
  const rows = found.rows.slice(0, search.limit);
  const last = found.rows.length > search.limit ? rows.at(-1) : undefined;
  const items = await inChunks(rows, 1000, (chunk) => withFacts(ctx, chunk.map(rank.rowOf), search.columns));
  return { items, next: last && rank.positionOf(last) };
}

/** How many runs there are, counted up to a limit. */
export async function countRuns(ctx: Ctx, scope: RunScope, most: number): Promise<number> {
  if (scope.experimentIds?.length === 0) return 0;
  const counted = await sql<{ count: number }>`select count(*) as count from
    (select 1 from run where ${scopeSql(scope)} limit ${most}) as counted`.execute(ctx.db);
  return Number(counted.rows[0]!.count);
}

function scopeSql(scope: RunScope): RawBuilder<unknown> {
  const all = [sql`run.workspace = ${scope.workspace}`, sql`run.lifecycle_stage in (${sql.join(scope.stages)})`];
  if (scope.experimentIds) all.push(sql`run.experiment_id in (${sql.join(scope.experimentIds)})`);
  if (scope.jobId) all.push(sql`run.job_id = ${scope.jobId}`);
  if (scope.parentRunId) all.push(sql`run.parent_run_id = ${scope.parentRunId}`);
  return sql.join([...all, ...scope.where.map(conditionSql)], sql` and `);
}

async function inChunks<T, R>(items: T[], size: number, work: (chunk: T[]) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += size) results.push(...(await work(items.slice(from, from + size))));
  return results;
}
