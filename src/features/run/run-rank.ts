import { sql } from "kysely";
import type { OrderTerm } from "../search/index.ts";
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

/** The order of a search as columns that are never null, so that a position is a tuple. */
export const termsOf = (orderBy: RunOrder[]): OrderTerm[] => [
  ...orderBy.flatMap(({ descending }, index) => [
    { column: `r${index}`, descending: false },
    { column: `v${index}`, descending },
  ]),
  { column: "started_at", descending: true },
  { column: "number", descending: false },
];

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
