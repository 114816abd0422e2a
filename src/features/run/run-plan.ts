import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { afterSql, checkPosition, cutPage, orderSql, type Position } from "../search/index.ts";
import { allHold, type Bound, bindScope, experimentsOf } from "./run-condition.ts";
import { findKeys } from "./run-key.ts";
import { type BoundOrder, plainRow, type RankedRow, rankSql, termsOf } from "./run-rank.ts";
import type { RunOrder, RunScope, RunSearch } from "./run-search.ts";
import { walk } from "./run-walk.ts";
import type { RunTable } from "./schema.ts";

/** So few runs fit a condition that reading all of them is quick. */
const few = 1000;
/** How far conditions are counted before walking, and when walking was no good. */
const counted = 4000;
const countedLater = 200_000;

/**
 * One page of runs. There are three ways to it, and cheap, bounded looks decide between them, because the statistics of
 * a database know nothing about the values of one key:
 *
 * 1. A condition that few runs fit: read these, and order them.
 * 2. An order that an index has: walk along it and keep what fits, as long as enough does. How far it is worth to walk
 *    depends on how many runs would be read instead, which is only counted when it is far.
 * 3. Else order everything that fits.
 */
export async function findPage(ctx: Ctx, search: RunSearch): Promise<{ rows: RunTable[]; next?: Position }> {
  const orderBy = withoutDefault(search.orderBy);
  const terms = termsOf(orderBy);
  checkPosition(terms, search.after);
  if (search.experimentIds?.length === 0) return { rows: [] };
  const conditions = await bindScope(ctx, search);
  const orders = await bindOrders(ctx, search, orderBy);
  const found = await findRows(ctx, { ...search, limit: search.limit + 1 }, conditions, orders);
  const { rows, next } = cutPage(found, search.limit, terms);
  return { rows: rows.map((row) => plainRow(row, orderBy.length)), next };
}

/** `start_time DESC` at the end says what holds anyway. */
function withoutDefault(orderBy: RunOrder[]): RunOrder[] {
  const last = orderBy.at(-1);
  const isDefault = last?.on === "attribute" && last.key === "started_at" && last.descending;
  return isDefault ? orderBy.slice(0, -1) : orderBy;
}

async function bindOrders(ctx: Ctx, scope: RunScope, orderBy: RunOrder[]): Promise<BoundOrder[]> {
  const bound: BoundOrder[] = [];
  for (const order of orderBy) {
    const { workspace, experimentIds } = scope;
    const { on, key } = order;
    const keys = on === "attribute" ? [] : await findKeys(ctx, { workspace, experimentIds, kind: on }, [key]);
    bound.push({ ...order, keys: keys.map((row) => row.number) });
  }
  return bound;
}

async function findRows(ctx: Ctx, search: RunSearch, conditions: Bound[], orders: BoundOrder[]): Promise<RankedRow[]> {
  const rare = await rarest(ctx, conditions, counted);
  if (rare?.count === 0) return [];
  if (rare && rare.count < few) return sorted(ctx, search, conditions, orders, rare.condition);
  // What would otherwise be read: walking is better while it is likely to end before that.
  const otherwise = rare && rare.count < counted ? rare.count : 5 * counted;
  const walked = await walk(ctx, search, conditions, orders, otherwise);
  if (walked) return walked;
  if (rare && rare.count < counted) return sorted(ctx, search, conditions, orders, rare.condition);
  const later = await rarest(ctx, conditions, countedLater);
  const further =
    later && later.count > otherwise ? await walk(ctx, search, conditions, orders, later.count) : undefined;
  if (further) return further;
  return sorted(ctx, search, conditions, orders, later && later.count < countedLater ? later.condition : undefined);
}

/** The condition that fewest runs fit, of those with an index; counted up to a limit. */
async function rarest(ctx: Ctx, conditions: Bound[], most: number) {
  let best: { condition: Bound; count: number } | undefined;
  for (const condition of conditions) {
    if (!condition.runs) continue;
    const found = await sql<{ count: number }>`select count(*) as count from
      (${condition.runs} limit ${best?.count ?? most}) as counted`.execute(ctx.db);
    const count = Number(found.rows[0]!.count);
    if (!best || count < best.count) best = { condition, count };
    if (count === 0) break;
  }
  return best;
}

/** Everything that fits, in order; read by way of one condition, or all runs of the experiments. */
async function sorted(
  ctx: Ctx,
  search: RunSearch,
  conditions: Bound[],
  orders: BoundOrder[],
  by: Bound | undefined,
): Promise<RankedRow[]> {
  const terms = termsOf(orders);
  const parts = orders.map(rankSql);
  const columns = parts.map((part) => sql`, ${part.columns}`);
  const joins = sql.join(
    parts.map((part) => part.join),
    sql` `,
  );
  const found = await sql<RankedRow>`select * from
    (select run.*${sql.join(columns, sql``)} from ${runsOf(by)} ${joins} where ${fitting(search, conditions, by)}) as run
    where ${search.after ? afterSql(terms, search.after) : sql`1 = 1`}
    order by ${orderSql(terms)} limit ${search.limit}`.execute(ctx.db);
  return found.rows;
}

const runsOf = (by: Bound | undefined): RawBuilder<unknown> =>
  by ? sql`(${by.runs!}) as chosen cross join run` : sql`run`;

/** `cross join` makes SQLite read the left side first, and look up the row of a run only when its facts fit. */
function fitting(search: RunScope, conditions: Bound[], by?: Bound): RawBuilder<unknown> {
  if (!by) return sql`${experimentsOf(search)} and ${allHold(conditions, sql`run.number`)}`;
  const others = conditions.filter((condition) => condition !== by);
  return sql`run.number = chosen.run and ${experimentsOf(search)} and ${allHold(others, sql`chosen.run`)}`;
}

/** How many runs there are, counted up to a limit. */
export async function countRuns(ctx: Ctx, scope: RunScope, most: number): Promise<number> {
  if (scope.experimentIds?.length === 0) return 0;
  const conditions = await bindScope(ctx, scope);
  const by = (await rarest(ctx, conditions, most))?.condition;
  const found = await sql<{ count: number }>`select count(*) as count from
    (select 1 from ${runsOf(by)} where ${fitting(scope, conditions, by)} limit ${most}) as counted`.execute(ctx.db);
  return Number(found.rows[0]!.count);
}
