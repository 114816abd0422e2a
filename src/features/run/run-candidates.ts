import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { isPostgres } from "../../platform/db/dialect.ts";
import { allHold, type Bound, experimentsOf } from "./run-condition.ts";
import type { RunSearch } from "./run-search.ts";

/** Candidates are taken from an index in pieces of this many. */
export const piece = 2000;
/**
 * Rows of an index, equal in all but when their run started: candidates in the order of the search. `walked` is the
 * table's alias.
 */
export interface Group {
  table: string;
  /** Column with the number of the run. */
  run: "run" | "number";
  is: RawBuilder<unknown>;
  /** What a candidate must fit besides. */
  and?: RawBuilder<unknown>;
  rank?: number;
  value?: number | string;
}

/** A piece of a group. */
interface Candidates extends Pick<Group, "table" | "run" | "is" | "and"> {
  /** Columns with what the rows are ordered by. */
  ranked: RawBuilder<unknown>;
  orderBy: RawBuilder<unknown>;
}

/** Started, and number: where in a group the page before ended. */
export type Start = [number, number];

/** What is looked for among candidates. */
export interface Sought {
  ctx: Ctx;
  search: RunSearch;
  conditions: Bound[];
}

interface Direction {
  /** Runs in the order of their starts: the newest first, or the oldest. */
  oldestFirst: boolean;
}

/** Sooner or later in the order of starts, of which one direction is that of the walk. */
const isBeyond = ({ oldestFirst }: Direction, [started]: Start) =>
  sql`walked.started_at ${sql.raw(oldestFirst ? ">" : "<")} ${started}`;

const isBefore = ({ oldestFirst }: Direction, [started]: Start) =>
  sql`walked.started_at ${sql.raw(oldestFirst ? "<" : ">")} ${started}`;

const notBefore = ({ oldestFirst }: Direction, [started]: Start) =>
  sql`walked.started_at ${sql.raw(oldestFirst ? ">=" : "<=")} ${started}`;

const notBeyond = ({ oldestFirst }: Direction, [started]: Start) =>
  sql`walked.started_at ${sql.raw(oldestFirst ? "<=" : ">=")} ${started}`;

export const behind = (direction: Direction, group: Group, place: Start) =>
  sql` and ${notBefore(direction, place)} and (${isBeyond(direction, place)} or ${runOf(group)} > ${place[1]})`;

export const upTo = (direction: Direction, group: Group, place: Start) =>
  sql` and ${notBeyond(direction, place)} and (${isBefore(direction, place)} or ${runOf(group)} <= ${place[1]})`;

export const byStart = ({ oldestFirst }: Direction, group: Group) =>
  sql`walked.started_at ${sql.raw(oldestFirst ? "asc" : "desc")}, ${runOf(group)}`;

export const runOf = (group: Pick<Group, "run">) => sql.ref(`walked.${group.run}`);

/** Runs that fit, of a piece of an index. */
export function fittingOf({ ctx, search, conditions }: Sought, candidates: Candidates): RawBuilder<unknown> {
  const { table, is, and, ranked, orderBy } = candidates;
  const number = runOf(candidates);
  const fits = sql`run.number = ${number} and ${experimentsOf(search)} and ${allHold(conditions, number)}`;
  const rest = and ? sql` and ${and}` : sql``;
  // PostgreSQL is told how few these are, or it expects all of the key and prepares for a hundred times the work. There
  // are at most a few more than a piece; twice as many, should runs be written meanwhile.
  if (isPostgres(ctx.db)) {
    return sql`select run.*${ranked} from
      (select * from ${sql.table(table)} as walked where ${is} order by ${orderBy} limit ${sql.lit(2 * piece)}) as walked
      cross join run where ${fits}${rest} order by ${orderBy}`;
  }
  return sql`select run.*${ranked} from ${sql.table(table)} as walked cross join run
    where ${is} and ${fits}${rest} order by ${orderBy}`;
}
