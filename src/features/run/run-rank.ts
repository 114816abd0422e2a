import { type RawBuilder, sql } from "kysely";
import { invalid } from "../../contract/errors.ts";
import type { Position } from "../search/index.ts";
import { factTables, headSql, oneOfNumbers } from "./run-fact.ts";
import type { RunOrder } from "./run-search.ts";
import type { RunTable } from "./schema.ts";

/** A run with what it is ordered by: for each clause a rank (`r0`) and a value (`v0`). */
export type RankedRow = RunTable & Record<string, number | string>;

/** An order with the numbers of its keys; none for an attribute. */
export interface BoundOrder extends RunOrder {
  keys: number[];
}

/** Where a fact stands: after numbers come NaN, after those the runs that have no such fact, in both directions. */
export const ranks = { value: 0, nan: 1, missing: 2 } as const;

interface Term {
  column: string;
  descending: boolean;
}

/** The order of a search as columns that are never null, so that a position is a tuple. */
export const termsOf = (orderBy: RunOrder[]): Term[] => [
  ...orderBy.flatMap(({ descending }, index) => [
    { column: `r${index}`, descending: false },
    { column: `v${index}`, descending },
  ]),
  { column: "started_at", descending: true },
  { column: "number", descending: false },
];

export const orderSql = (terms: Term[]): RawBuilder<unknown> =>
  sql.join(terms.map(({ column, descending }) => sql`${sql.ref(column)} ${sql.raw(descending ? "desc" : "asc")}`));

/** `(a, b) > (1, 2)` with a direction of its own for each. */
export function afterSql(terms: Term[], position: Position): RawBuilder<unknown> {
  const steps = terms.map(({ column, descending }, index) => {
    const equal = terms.slice(0, index).map((term, at) => sql`${sql.ref(term.column)} = ${position[at]}`);
    const beyond = sql`${sql.ref(column)} ${sql.raw(descending ? "<" : ">")} ${position[index]}`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql`(${sql.join(steps, sql` or `)})`;
}

export function checkPosition(terms: Term[], position: Position | undefined): void {
  if (position && position.length !== terms.length) throw invalid("Invalid page token. Ask for the first page again.");
}

export const positionAt = (terms: Term[], row: RankedRow): Position => terms.map(({ column }) => row[column]!);

/** The row without what it is ordered by. */
export function plainRow(row: RankedRow, clauses: number): RunTable {
  for (let index = 0; index < clauses; index++) {
    delete row[`r${index}`];
    delete row[`v${index}`];
  }
  return row;
}

const numbers = new Set(["started_at", "ended_at", "experiment_id"]);

/** Rank and value of a clause for each row of `run`, and the join that they need. */
export function rankSql({ on, key, keys }: BoundOrder, index: number) {
  const rank = sql.ref(`r${index}`);
  const value = sql.ref(`v${index}`);
  if (on === "attribute") {
    const column = sql.ref(`run.${key}`);
    const nothing = numbers.has(key) ? sql`0` : sql`''`;
    const columns = sql`case when ${column} is null then 1 else 0 end as ${rank}, coalesce(${column}, ${nothing}) as ${value}`;
    return { columns, join: sql`` };
  }
  const nothing = on === "metric" ? sql`0` : sql`''`;
  if (keys.length === 0) return { columns: sql`${ranks.missing} as ${rank}, ${nothing} as ${value}`, join: sql`` };
  const alias = `fact${index}`;
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  const present = on === "metric" ? column("is_nan") : sql`0`;
  return {
    columns: sql`case when ${column("run")} is null then ${sql.lit(ranks.missing)} else ${present} end as ${rank},
      coalesce(${on === "metric" ? column("value") : headSql(alias)}, ${nothing}) as ${value}`,
    join: sql`left join ${sql.table(factTables[on])} as ${sql.ref(alias)}
      on ${column("run")} = run.number and ${oneOfNumbers(column("key"), keys)}`,
  };
}
