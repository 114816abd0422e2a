import { type RawBuilder, sql } from "kysely";
import type { Position } from "../search/index.ts";
import type { Bound } from "./run-bound.ts";
import { type Along, fitting, piece, type Sought } from "./run-candidates.ts";
import { behind, byStart, type Group, type Start, upTo } from "./run-group.ts";
import { type Equals, type Path, pathOf, runGroups, sideBySide } from "./run-path.ts";
import { type BoundOrder, type RankedRow, rankColumn, ranks, valueColumn } from "./run-rank.ts";
import type { RunSearch } from "./run-search.ts";

/** What a walk leaves to whoever plans it. */
export interface Planning {
  /** Whether looking at so many candidates is likely to cost less than what would be done instead. */
  isWorth(candidates: number): Promise<boolean>;
  /** Finds runs by an order of its own: those that are equal in the order of the walk. */
  find(search: RunSearch, conditions: Bound[], orders: BoundOrder[]): Promise<RankedRow[]>;
}

interface Walking extends Sought, Planning {
  rows: RankedRow[];
  /** How many candidates were looked at. */
  seen: number;
}

/**
 * Walks along an index in the order of the search and keeps the runs that fit. Undefined when there is no such index,
 * or when it turns out not to be worth it.
 */
export async function walk(
  sought: Omit<Sought, "oldestFirst">,
  orders: BoundOrder[],
  planning: Planning,
): Promise<RankedRow[] | undefined> {
  const { search, conditions } = sought;
  const [order, ...then] = orders;
  const oldestFirst = order?.on === "attribute" && order.key === "started_at";
  const walking: Walking = { ...sought, ...planning, rows: [], seen: 0, oldestFirst };
  if (!order || oldestFirst) {
    if (then.length > 0) return undefined;
    const equal = conditions.find(({ groups }) => groups && groups.length <= sideBySide)?.groups;
    const done = await walkGroups(walking, equal ?? runGroups(search), search.after);
    if (order) for (const row of walking.rows) mark(row, order, ranks.value, row.started_at);
    return done ? walking.rows : undefined;
  }
  const path = pathOf(search, order, conditions);
  return path && (await walkPath(walking, path, then)) ? walking.rows : undefined;
}

function mark(row: RankedRow, order: BoundOrder, rank: number, value: number | string): void {
  row[rankColumn(order)] = rank;
  row[valueColumn(order)] = value;
}

/** First the runs with a value, then those with NaN, then those without any. */
async function walkPath(walking: Walking, path: Path, then: BoundOrder[]): Promise<boolean> {
  const { after } = walking.search;
  const rank = after ? Number(after[0]) : ranks.value;
  if (rank === ranks.value && !(await walkValues(walking, path, then))) return false;
  for (const last of [ranks.nan, ranks.missing]) {
    const equals = rank <= last ? path.equals(last, 0) : undefined;
    const from = rank === last ? after : undefined;
    if (equals && !(await walkEquals(walking, path, equals, then, from))) return false;
  }
  return true;
}

/** Values piece by piece. Where a piece ends, all runs with that value follow by themselves. */
async function walkValues(walking: Walking, path: Path, then: BoundOrder[]): Promise<boolean> {
  const { after } = walking.search;
  const along: Along = { order: path.order, column: path.column, then };
  let value = after?.[1];
  if (value !== undefined && !(await walkEquals(walking, path, path.equals(ranks.value, value)!, then, after)))
    return false;
  for (;;) {
    if (isFull(walking)) return true;
    if (await isHopeless(walking)) return false;
    const end = await valueAfter(walking, path, value, piece);
    // When a whole piece has one value, there is nothing before it.
    if (end === undefined || end !== (await valueAfter(walking, path, value, 0))) {
      const found = await fitting(walking, between(path, value, end), needed(walking), along);
      for (const row of found) row[rankColumn(path.order)] = ranks.value;
      walking.rows.push(...found);
      walking.seen += piece;
    }
    if (isFull(walking) || end === undefined) return true;
    if (!(await walkEquals(walking, path, path.equals(ranks.value, end)!, then, undefined))) return false;
    value = end;
  }
}

/** Runs that are equal in the order of the path, in the order of what follows: all, or those behind a position. */
async function walkEquals(
  walking: Walking,
  path: Path,
  equals: Equals,
  then: BoundOrder[],
  after: Position | undefined,
): Promise<boolean> {
  const { search, conditions, rows } = walking;
  if (isFull(walking)) return true;
  const known = rows.length;
  let done = true;
  if (then.length === 0) done = await walkGroups(walking, equals.groups, after);
  else {
    const rest = { ...search, limit: needed(walking), after: after?.slice(2) };
    rows.push(...(await walking.find(rest, [...conditions, equals.condition], then)));
  }
  for (const row of rows.slice(known)) mark(row, path.order, equals.rank, equals.value);
  return done;
}

const needed = ({ rows, search }: Walking) => search.limit - rows.length;

const isFull = (walking: Walking) => needed(walking) <= 0;

/** From what was found so far, so many candidates would be needed for all. */
async function isHopeless({ seen, rows, search, isWorth }: Walking): Promise<boolean> {
  return seen > 0 && !(await isWorth((seen * search.limit) / Math.max(rows.length, 0.5)));
}

const compared = ({ order, column }: Path, how: "behind" | "before", value: number | string | undefined) =>
  value === undefined
    ? sql``
    : sql` and ${column} ${sql.raw((how === "behind") === order.descending ? "<" : ">")} ${value}`;

/** The value that stands so many rows after another one; the nearest of all parts. */
async function valueAfter({ ctx }: Walking, path: Path, value: number | string | undefined, rows: number) {
  const { order, column } = path;
  const ends: (number | string)[] = [];
  for (const { table, is } of path.parts) {
    const found = await sql<{ value: number | string }>`select ${column} as value
      from ${sql.table(table)} as walked where ${is}${compared(path, "behind", value)}
      order by ${column} ${sql.raw(order.descending ? "desc" : "asc")} limit 1 offset ${rows}`.execute(ctx.db);
    if (found.rows[0]) ends.push(found.rows[0].value);
  }
  ends.sort((a, b) => (a < b ? -1 : 1));
  return order.descending ? ends.at(-1) : ends[0];
}

/** The parts of a path between two values, neither included. */
const between = (path: Path, from: number | string | undefined, to: number | string | undefined): Group[] =>
  path.parts.map((part) => ({
    ...part,
    is: sql`${part.is}${compared(path, "behind", from)}${compared(path, "before", to)}`,
  }));

/** Walks groups side by side, all of them or from a place on. False when it is not worth it any more. */
async function walkGroups(walking: Walking, groups: Group[], after: Position | undefined): Promise<boolean> {
  let start: Start | undefined = after && [Number(after.at(-2)), Number(after.at(-1))];
  for (;;) {
    if (isFull(walking) || groups.length === 0) return true;
    if (await isHopeless(walking)) return false;
    const end = await placeAfter(walking, groups, start);
    const parts = groups.map((group) => ({ ...group, is: limited(walking, group, start, end) }));
    walking.rows.push(...(await fitting(walking, parts, needed(walking))));
    // The last piece is often short: it does not count, so that many short groups do not look like a long way.
    if (end === undefined) return true;
    walking.seen += piece;
    start = end;
  }
}

const limited = (
  walking: Walking,
  group: Group,
  start: Start | undefined,
  end: Start | undefined,
): RawBuilder<unknown> =>
  sql`${group.is}${start ? behind(walking, group, start) : sql``}${end ? upTo(walking, group, end) : sql``}`;

/** Where the piece after a place ends: the nearest end of all groups. */
async function placeAfter(walking: Walking, groups: Group[], start: Start | undefined): Promise<Start | undefined> {
  const sooner = (a: number, b: number) => (walking.oldestFirst ? a < b : a > b);
  let nearest: Start | undefined;
  for (const group of groups) {
    const found = await sql<{ started_at: number; run: number }>`select walked.started_at,
      ${sql.ref(`walked.${group.run}`)} as run from ${sql.table(group.table)} as walked
      where ${limited(walking, group, start, undefined)}
      order by ${byStart(walking, group)} limit 1 offset ${piece}`.execute(walking.ctx.db);
    const row = found.rows[0];
    if (!row) continue;
    if (!nearest || sooner(row.started_at, nearest[0]) || (row.started_at === nearest[0] && row.run < nearest[1]))
      nearest = [row.started_at, row.run];
  }
  return nearest;
}
