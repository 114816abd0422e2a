import { type RawBuilder, sql } from "kysely";
import type { OrderTerm } from "../search/index.ts";
import { factTables, headSql, oneOfNumbers } from "./run-fact.ts";
import type { RunOrder } from "./run-search.ts";
import type { RunTable } from "./schema.ts";

/** A run with what it is ordered by: for each clause a rank (`r0`) and a value (`v0`). */
export type RankedRow = RunTable & Record<string, number | string>;

/** A clause of an order. */
export interface BoundOrder extends RunOrder {
  /** Which clause it is, counted from 0. */
  place: number;
  /** The numbers of its keys; none for an attribute. */
  keys: number[];
}

/** Where a run stands: after those with a value come NaN, and after those the runs that have nothing, in both directions. */
export const ranks = { value: 0, nan: 1, missing: 2 } as const;
export type Rank = (typeof ranks)[keyof typeof ranks];

export const rankColumn = ({ place }: BoundOrder) => `r${place}`;
export const valueColumn = ({ place }: BoundOrder) => `v${place}`;

/** Among runs that are equal in everything else. */
export const startTerms: OrderTerm[] = [
  { column: "started_at", descending: true },
  { column: "number", descending: false },
];

/** The order of a search as columns that are never null, so that a position is a tuple. */
export const termsOf = (orderBy: BoundOrder[]): OrderTerm[] => [
  ...orderBy.flatMap((order) => [
    { column: rankColumn(order), descending: false },
    { column: valueColumn(order), descending: order.descending },
  ]),
  ...startTerms,
];

/** The row without what it is ordered by. */
export function plainRow(row: RankedRow, orderBy: BoundOrder[]): RunTable {
  for (const order of orderBy) {
    delete row[rankColumn(order)];
    delete row[valueColumn(order)];
  }
  return row;
}

const numbers = new Set(["started_at", "ended_at", "experiment_id"]);

/** What stands for the value of a run that has none. */
export const nothingOf = ({ on, key }: RunOrder): number | string =>
  on === "metric" || (on === "attribute" && numbers.has(key)) ? 0 : "";

/** Ranks and values of clauses as columns for each row of `run`, and the joins that they need. */
export function rankSql(orders: BoundOrder[]) {
  const parts = orders.map(rankOne);
  const all = (list: RawBuilder<unknown>[]) => (list.length === 0 ? sql`` : sql.join(list, sql` `));
  return { columns: all(parts.map((part) => part.columns)), joins: all(parts.map((part) => part.join)) };
}

function rankOne(order: BoundOrder) {
  const { on, key, keys, place } = order;
  const [rank, value] = [sql.ref(rankColumn(order)), sql.ref(valueColumn(order))];
  const nothing = nothingOf(order) === 0 ? sql`0` : sql`''`;
  const missing = sql.lit(ranks.missing);
  if (on === "attribute") {
    const column = sql.ref(`run.${key}`);
    const columns = sql`, case when ${column} is null then ${missing} else 0 end as ${rank}, coalesce(${column}, ${nothing}) as ${value}`;
    return { columns, join: sql`` };
  }
  if (keys.length === 0) return { columns: sql`, ${missing} as ${rank}, ${nothing} as ${value}`, join: sql`` };
  const alias = `fact${place}`;
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  const present = on === "metric" ? column("is_nan") : sql`0`;
  return {
    columns: sql`, case when ${column("run")} is null then ${missing} else ${present} end as ${rank},
      coalesce(${on === "metric" ? column("value") : headSql(alias)}, ${nothing}) as ${value}`,
    join: sql`left join ${sql.table(factTables[on])} as ${sql.ref(alias)}
      on ${column("run")} = run.number and ${oneOfNumbers(column("key"), keys)}`,
  };
}
