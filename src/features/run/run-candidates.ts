import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { isPostgres } from "../../platform/db/dialect.ts";
import { type OrderTerm, orderSql } from "../search/index.ts";
import type { Bound } from "./run-bound.ts";
import { allHold, experimentsOf } from "./run-condition.ts";
import { byStart, candidateIn, type Direction, type Group } from "./run-group.ts";
import { type BoundOrder, type RankedRow, rankSql, startTerms, termsOf, valueColumn } from "./run-rank.ts";
import type { RunSearch } from "./run-search.ts";

/** Candidates are taken from an index in pieces of this many. */
export const piece = 2000;

/** What is looked for among candidates. */
export interface Sought extends Direction {
  ctx: Ctx;
  search: RunSearch;
  conditions: Bound[];
}

/** The order that a walked index has, and that among its equals. */
export interface Along {
  order: BoundOrder;
  column: RawBuilder<unknown>;
  then: BoundOrder[];
}

const direction = (descending: boolean) => sql.raw(descending ? "desc" : "asc");

/**
 * Joins the row of each candidate. `cross join` makes SQLite read the candidates first. PostgreSQL, when it believes that
 * there is one, would rather read all runs of an experiment for it; it cannot from outside of a subquery with an offset.
 */
export const rowOf = ({ db }: Ctx, candidates: string): RawBuilder<unknown> =>
  isPostgres(db)
    ? sql`cross join lateral (select * from run where run.number = ${sql.ref(`${candidates}.run`)} offset 0) as run`
    : sql`cross join run on run.number = ${sql.ref(`${candidates}.run`)}`;

/** Runs that fit, of parts of an index: the first ones in the order of the index, or of their starts. */
export async function fitting(sought: Sought, parts: Group[], limit: number, along?: Along): Promise<RankedRow[]> {
  if (parts.length === 0) return [];
  const queries = parts.map((part) => sql`${fittingOf(sought, part, along)} limit ${limit}`);
  const query =
    queries.length === 1
      ? queries[0]!
      : sql`select * from (${sql.join(
          queries.map((query) => sql`select * from (${query}) as part`),
          sql` union all `,
        )}) as run order by ${orderSql(merged(sought, along))} limit ${limit}`;
  return (await sql<RankedRow>`${query}`.execute(sought.ctx.db)).rows;
}

function merged({ oldestFirst }: Direction, along?: Along): OrderTerm[] {
  if (along) return [{ column: valueColumn(along.order), descending: along.order.descending }, ...termsOf(along.then)];
  return oldestFirst ? startTerms.map(({ column }) => ({ column, descending: false })) : startTerms;
}

function fittingOf(sought: Sought, part: Group, along?: Along): RawBuilder<unknown> {
  const { ctx, search, conditions } = sought;
  const run = candidateIn("walked");
  const then = rankSql(along?.then ?? []);
  const value = along ? sql`, walked.value as ${sql.ref(valueColumn(along.order))}` : sql``;
  // Only what the index holds is read, so that the rows of the table stay where they are.
  const columns = sql`${sql.ref(`walked.${part.run}`)} as run, walked.started_at${along ? sql`, ${along.column} as value` : sql``}`;
  // PostgreSQL is told how few these are, or it expects all of the key and prepares for a hundred times the work. There
  // are at most a few more than a piece; twice as many, should runs be written meanwhile.
  const inner = along ? sql`${along.column} ${direction(along.order.descending)}, ` : sql``;
  const few = isPostgres(ctx.db) ? sql` order by ${inner}${byStart(sought, part)} limit ${sql.lit(2 * piece)}` : sql``;
  const outer = along ? sql`walked.value ${direction(along.order.descending)}, ` : sql``;
  const equals = along && along.then.length > 0 ? orderSql(termsOf(along.then)) : byStart(sought, { run: "run" });
  return sql`select run.*${value}${then.columns}
    from (select ${columns} from ${sql.table(part.table)} as walked where ${part.is}${few}) as walked
    ${rowOf(ctx, "walked")} ${then.joins}
    where ${experimentsOf(search)} and ${allHold(conditions, run)}
    ${part.and ? sql` and ${part.and(run)}` : sql``}
    order by ${outer}${equals}`;
}
