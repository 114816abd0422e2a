import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { compare, orderSql } from "../search/index.ts";
import {
  behind,
  byStart,
  fittingOf,
  type Group,
  piece,
  runOf,
  type Sought,
  type Start,
  upTo,
} from "./run-candidates.ts";
import type { Bound } from "./run-condition.ts";
import { factTables, headOf, headSql } from "./run-fact.ts";
import { type BoundOrder, type RankedRow, ranks, termsOf } from "./run-rank.ts";
import type { RunSearch } from "./run-search.ts";

/** The most experiments that are walked side by side. */
const sideBySide = 20;

/** An order by a fact, and the comparisons of that fact in the search: what fits none of them is not walked. */
interface Path extends BoundOrder {
  within: RawBuilder<unknown>;
  isCompared: boolean;
}

interface Walking extends Sought {
  orders: BoundOrder[];
  rows: RankedRow[];
  /** How many candidates were looked at. */
  seen: number;
  /** How many to look at at most. */
  most: number;
  /** Runs in the order of their starts: the newest first, or the oldest. */
  oldestFirst: boolean;
}

/**
 * Walks along an index in the order of the search and keeps the runs that fit. Undefined when there is no such index,
 * or when it is likely that more than `most` candidates would have to be looked at.
 */
export async function walk(
  ctx: Ctx,
  search: RunSearch,
  conditions: Bound[],
  orders: BoundOrder[],
  most: number,
): Promise<RankedRow[] | undefined> {
  const [order] = orders;
  const oldestFirst = order?.on === "attribute" && order.key === "started_at";
  if (orders.length > 1 || (order?.on === "attribute" && !oldestFirst)) return undefined;
  const patience = Math.max(most, 2 * search.limit);
  const walking: Walking = { ctx, search, orders, conditions, rows: [], seen: 0, most: patience, oldestFirst };
  const runs = runGroups(search);
  if (!runs) return undefined;
  if (!order || oldestFirst) {
    const equal = conditions.find((condition) => condition.equals)?.equals;
    const groups =
      equal && equal.keys.length <= sideBySide
        ? equal.keys.map((key) => textGroup(equal.table, key, equal.value))
        : runs;
    return (await walkGroups(walking, groups, startOf(search, order ? 2 : 0))) ? walking.rows : undefined;
  }
  if (order.keys.length > sideBySide) return undefined;
  return (await walkFact(walking, pathOf(order, conditions), runs)) ? walking.rows : undefined;
}

function pathOf(order: BoundOrder, conditions: Bound[]): Path {
  const compared = conditions.flatMap(({ metric }) =>
    order.on === "metric" && metric?.name === order.key ? [metric] : [],
  );
  const bounds = compared.filter(({ operator }) => operator !== "!=");
  const within = bounds.map(({ operator, value }) => sql` and ${compare(sql.ref("walked.value"), operator, value)}`);
  return { ...order, within: within.length > 0 ? sql.join(within, sql``) : sql``, isCompared: compared.length > 0 };
}

const startOf = ({ after }: RunSearch, from: number): Start | undefined =>
  after && [Number(after[from]), Number(after[from + 1])];

function runGroups(search: RunSearch): Group[] | undefined {
  const { workspace, experimentIds, stages } = search;
  const group = (is: RawBuilder<unknown>): Group => ({ table: "run", run: "number", is });
  const stageIs = (stage: string) => sql`walked.workspace = ${workspace} and walked.lifecycle_stage = ${stage}`;
  // Many experiments are walked as all, leaving out those that were not asked for.
  if (!experimentIds || experimentIds.length > sideBySide) return stages.map((stage) => group(stageIs(stage)));
  return experimentIds.flatMap((id) =>
    stages.map((stage) => group(sql`${stageIs(stage)} and walked.experiment_id = ${id}`)),
  );
}

const textGroup = (table: string, key: number, value: string): Group => ({
  table,
  run: "run",
  is: sql`walked.key = ${key} and ${headSql("walked")} = ${headOf(value)}`,
});

/** First the runs with a value, then those with NaN, then those without the fact. */
async function walkFact(walking: Walking, order: Path, runs: Group[]): Promise<boolean> {
  const { after } = walking.search;
  const rank = after ? Number(after[0]) : ranks.value;
  const from = startOf(walking.search, 2);
  if (rank === ranks.value && !(await walkValues(walking, order, after?.[1], from))) return false;
  if (order.isCompared) return true;
  if (rank <= ranks.nan && order.on === "metric") {
    const groups = order.keys.map((key) => valueGroup(order, key, ranks.nan, 0));
    if (!(await walkGroups(walking, groups, rank === ranks.nan ? from : undefined))) return false;
  }
  const value = order.on === "metric" ? 0 : "";
  const without = order.keys.length > 0 ? withoutFact(order) : undefined;
  const groups = runs.map((group) => ({ ...group, and: without, rank: ranks.missing, value }));
  return walkGroups(walking, groups, rank === ranks.missing ? from : undefined);
}

const valueSql = (order: BoundOrder) => (order.on === "metric" ? sql`walked.value` : headSql("walked"));

const tableOf = (order: BoundOrder) => factTables[order.on as keyof typeof factTables];

const isKey = (order: BoundOrder, key: number, rank: number) =>
  order.on === "metric" ? sql`walked.key = ${key} and walked.is_nan = ${rank}` : sql`walked.key = ${key}`;

const valueGroup = (order: BoundOrder, key: number, rank: number, value: number | string): Group => ({
  table: tableOf(order),
  run: "run",
  is: sql`${isKey(order, key, rank)} and ${valueSql(order)} = ${value}`,
  rank,
  value,
});

const withoutFact = (order: BoundOrder) =>
  sql`coalesce((select 1 from ${sql.table(tableOf(order))} as fact
    where fact.run = run.number and fact.key in (${sql.join(order.keys)})), 0) = 0`;

/** Values piece by piece. Where a piece ends, all runs with that value follow as a group of their own. */
async function walkValues(
  walking: Walking,
  order: Path,
  start: number | string | undefined,
  from: Start | undefined,
): Promise<boolean> {
  let value = start;
  if (value !== undefined && !(await walkGroups(walking, groupsAt(order, value), from))) return false;
  for (;;) {
    if (isFull(walking)) return true;
    if (isHopeless(walking)) return false;
    const end = await valueAfter(walking, order, value, piece);
    // When a whole piece has one value, there is nothing before it.
    if (end === undefined || end !== (await valueAfter(walking, order, value, 0))) {
      await take(walking, between(walking, order, value, end));
      walking.seen += piece;
    }
    if (isFull(walking) || end === undefined) return true;
    if (!(await walkGroups(walking, groupsAt(order, end), undefined))) return false;
    value = end;
  }
}

const isFull = ({ rows, search }: Walking) => rows.length >= search.limit;

/** From what was found so far, so many candidates would be needed for all. */
const isHopeless = ({ seen, rows, search, most }: Walking) =>
  seen > 0 && (seen * search.limit) / Math.max(rows.length, 0.5) > most;

const groupsAt = (order: BoundOrder, value: number | string) =>
  order.keys.map((key) => valueGroup(order, key, ranks.value, value));

const beyond = (order: BoundOrder, value: number | string | undefined) =>
  value === undefined ? sql`` : sql` and ${valueSql(order)} ${sql.raw(order.descending ? "<" : ">")} ${value}`;

/** The value that stands so many rows after another one; the nearest of all keys. */
async function valueAfter({ ctx }: Walking, order: Path, value: number | string | undefined, rows: number) {
  const direction = sql.raw(order.descending ? "desc" : "asc");
  const ends: (number | string)[] = [];
  for (const key of order.keys) {
    const found = await sql<{ value: number | string }>`select ${valueSql(order)} as value
      from ${sql.table(tableOf(order))} as walked where ${isKey(order, key, ranks.value)}${order.within}${beyond(order, value)}
      order by ${valueSql(order)} ${direction} limit 1 offset ${rows}`.execute(ctx.db);
    if (found.rows[0]) ends.push(found.rows[0].value);
  }
  ends.sort((a, b) => (a < b ? -1 : 1));
  return order.descending ? ends.at(-1) : ends[0];
}

/** Fitting runs with a value between two, neither included. */
function between(walking: Walking, order: Path, from: number | string | undefined, to: number | string | undefined) {
  const until = to === undefined ? sql`` : sql` and ${valueSql(order)} ${sql.raw(order.descending ? ">" : "<")} ${to}`;
  return order.keys.map((key) =>
    fittingOf(walking, {
      ...{ table: tableOf(order), run: "run" },
      ranked: sql`, ${sql.lit(ranks.value)} as r0, ${valueSql(order)} as v0`,
      is: sql`${isKey(order, key, ranks.value)}${order.within}${beyond(order, from)}${until}`,
      orderBy: sql`${valueSql(order)} ${sql.raw(order.descending ? "desc" : "asc")}, walked.started_at desc, walked.run`,
    }),
  );
}

/** Walks groups side by side, all of them or from a place on. False when patience ran out before enough was found. */
async function walkGroups(walking: Walking, groups: Group[], from: Start | undefined): Promise<boolean> {
  let start = from;
  for (;;) {
    if (isFull(walking) || groups.length === 0) return true;
    if (isHopeless(walking)) return false;
    const end = await placeAfter(walking, groups, start);
    await take(
      walking,
      groups.map((group) => inGroup(walking, group, start, end)),
    );
    // The last piece is often short: it does not count, so that many short groups do not look like a long way.
    if (end === undefined) return true;
    walking.seen += piece;
    start = end;
  }
}

/** Where the piece after a place ends: the nearest end of all groups. */
async function placeAfter(walking: Walking, groups: Group[], start: Start | undefined): Promise<Start | undefined> {
  const sooner = (a: number, b: number) => (walking.oldestFirst ? a < b : a > b);
  let nearest: Start | undefined;
  for (const group of groups) {
    const found = await sql<{ started_at: number; run: number }>`select walked.started_at, ${runOf(group)} as run
      from ${sql.table(group.table)} as walked where ${group.is}${start ? behind(walking, group, start) : sql``}
      order by ${byStart(walking, group)} limit 1 offset ${piece}`.execute(walking.ctx.db);
    const row = found.rows[0];
    if (!row) continue;
    if (!nearest || sooner(row.started_at, nearest[0]) || (row.started_at === nearest[0] && row.run < nearest[1]))
      nearest = [row.started_at, row.run];
  }
  return nearest;
}

function inGroup(walking: Walking, group: Group, start: Start | undefined, end: Start | undefined) {
  const ranked = rankedAs(walking, group);
  return fittingOf(walking, {
    ...group,
    ranked,
    is: sql`${group.is}${start ? behind(walking, group, start) : sql``}${end ? upTo(walking, group, end) : sql``}`,
    orderBy: byStart(walking, group),
  });
}

function rankedAs({ oldestFirst }: Walking, group: Group): RawBuilder<unknown> {
  if (oldestFirst) return sql`, ${sql.lit(ranks.value)} as r0, run.started_at as v0`;
  return group.rank === undefined ? sql`` : sql`, ${sql.lit(group.rank)} as r0, ${valueLiteral(group.value!)} as v0`;
}

/** A parameter has no type of its own in a list of columns. */
const valueLiteral = (value: number | string) =>
  typeof value === "number" ? sql`cast(${value} as double precision)` : sql`cast(${value} as text)`;

/** Adds the first rows of some queries to what was found. */
async function take(walking: Walking, queries: RawBuilder<unknown>[]): Promise<void> {
  const need = walking.search.limit - walking.rows.length;
  if (queries.length === 0) return;
  const limited = queries.map((query) => sql`${query} limit ${need}`);
  const found =
    limited.length === 1
      ? await sql<RankedRow>`${limited[0]}`.execute(walking.ctx.db)
      : await sql<RankedRow>`select * from (${sql.join(
          limited.map((query) => sql`select * from (${query}) as part`),
          sql` union all `,
        )}) as run order by ${orderSql(termsOf(walking.orders))} limit ${need}`.execute(walking.ctx.db);
  walking.rows.push(...found.rows);
}
