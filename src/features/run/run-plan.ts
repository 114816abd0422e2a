import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { afterSql, checkPosition, cutPage, orderSql, type Position } from "../search/index.ts";
import type { Bound } from "./run-bound.ts";
import { rowOf } from "./run-candidates.ts";
import { allHold, bindScope, experimentsOf } from "./run-condition.ts";
import { Counts } from "./run-count.ts";
import { candidateIn } from "./run-group.ts";
import { findKeys } from "./run-key.ts";
import { type BoundOrder, plainRow, type RankedRow, rankSql, termsOf } from "./run-rank.ts";
import type { RunOrder, RunScope, RunSearch } from "./run-search.ts";
import { walk } from "./run-walk.ts";
import type { RunTable } from "./schema.ts";

/** So few runs fit a condition that reading all of them is quick. */
const few = 1000;
/** How far conditions are counted before walking, and at most. */
const counted = 4000;
const countedAtMost = 200_000;

/**
 * One page of runs. There are three ways to it, and cheap, bounded looks decide between them, because the statistics of
 * a database know nothing about the values of one key:
 *
 * 1. A condition that few runs fit: read these, and order them.
 * 2. An order that an index has: walk along it and keep what fits, as long as enough does. How far it is worth to walk
 *    depends on how many runs would be read instead, which is only counted when it is far. Of several clauses the first
 *    is walked, and runs that are equal in it are a search of their own.
 * 3. Else order everything that fits.
 */
export async function findPage(ctx: Ctx, search: RunSearch): Promise<{ rows: RunTable[]; next?: Position }> {
  const orders = await bindOrders(ctx, search, withoutDefault(search.orderBy));
  const terms = termsOf(orders);
  checkPosition(terms, search.after);
  if (search.experimentIds?.length === 0) return { rows: [] };
  const conditions = await bindScope(ctx, search);
  const found = await findRows(ctx, new Counts(ctx), { ...search, limit: search.limit + 1 }, conditions, orders);
  const { rows, next } = cutPage(found, search.limit, terms);
  return { rows: rows.map((row) => plainRow(row, orders)), next };
}

/** `start_time DESC` at the end says what holds anyway. */
function withoutDefault(orderBy: RunOrder[]): RunOrder[] {
  const last = orderBy.at(-1);
  const isDefault = last?.on === "attribute" && last.key === "started_at" && last.descending;
  return isDefault ? orderBy.slice(0, -1) : orderBy;
}

async function bindOrders(ctx: Ctx, scope: RunScope, orderBy: RunOrder[]): Promise<BoundOrder[]> {
  const bound: BoundOrder[] = [];
  for (const [place, order] of orderBy.entries()) {
    const { workspace, experimentIds } = scope;
    const { on, key } = order;
    const keys = on === "attribute" ? [] : await findKeys(ctx, { workspace, experimentIds, kind: on }, [key]);
    bound.push({ ...order, place, keys: keys.map((row) => row.number) });
  }
  return bound;
}

async function findRows(
  ctx: Ctx,
  counts: Counts,
  search: RunSearch,
  conditions: Bound[],
  orders: BoundOrder[],
): Promise<RankedRow[]> {
  const rare = await counts.rarest(conditions, counted);
  if (rare?.count === 0) return [];
  if (rare && rare.count < counted && rare.count <= Math.max(few, search.limit))
    return sorted(ctx, search, conditions, orders, rare.condition);
  const walked = await walk({ ctx, search, conditions }, orders, {
    isWorth: (candidates) => isLessThanRare(counts, conditions, candidates),
    find: (rest, among, then) => findRows(ctx, counts, rest, among, then),
  });
  if (walked) return walked;
  const later = await counts.rarest(conditions, countedAtMost);
  return sorted(ctx, search, conditions, orders, later?.condition);
}

/** Whether every condition is fitted by more runs than so many. What is not known to be rare gets some credit. */
async function isLessThanRare(counts: Counts, conditions: Bound[], candidates: number): Promise<boolean> {
  const rare = await counts.rarest(conditions, counted);
  if (!rare || (rare.count === counted && candidates <= 5 * counted)) return true;
  if (rare.count < counted) return candidates <= rare.count;
  const most = Math.min(Math.ceil(candidates), countedAtMost);
  return (await counts.rarest(conditions, most))!.count === most;
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
  const { columns, joins } = rankSql(orders);
  const found = await sql<RankedRow>`select * from
    (select run.*${columns} from ${runsBy(ctx, by)} ${joins} where ${fitting(search, conditions, by)}) as run
    where ${search.after ? afterSql(terms, search.after) : sql`1 = 1`}
    order by ${orderSql(terms)} limit ${search.limit}`.execute(ctx.db);
  return found.rows;
}

const runsBy = (ctx: Ctx, by: Bound | undefined): RawBuilder<unknown> =>
  by ? sql`(${by.runs!}) as chosen ${rowOf(ctx, "chosen")}` : sql`run`;

function fitting(search: RunScope, conditions: Bound[], by?: Bound): RawBuilder<unknown> {
  if (!by) return sql`${experimentsOf(search)} and ${allHold(conditions, candidateIn("run", "number"))}`;
  const others = conditions.filter((condition) => condition !== by);
  return sql`${experimentsOf(search)} and ${allHold(others, candidateIn("chosen"))}`;
}

/** How many runs there are, counted up to a limit. */
export async function countRuns(ctx: Ctx, scope: RunScope, most: number): Promise<number> {
  if (scope.experimentIds?.length === 0) return 0;
  const conditions = await bindScope(ctx, scope);
  const by = (await new Counts(ctx).rarest(conditions, most))?.condition;
  const found = await sql<{ count: number }>`select count(*) as count from
    (select 1 from ${runsBy(ctx, by)} where ${fitting(scope, conditions, by)} limit ${most}) as counted`.execute(
    ctx.db,
  );
  return Number(found.rows[0]!.count);
}
