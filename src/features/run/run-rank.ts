import { type RawBuilder, sql } from "kysely";
import { invalid } from "../../contract/errors.ts";
import type { Position } from "../search/index.ts";
import { factTables } from "./run-condition.ts";
import type { RunOrder } from "./run-search.ts";
import type { RunTable } from "./schema.ts";

/** A run with what it is ordered by: for each clause a rank (`r0`) and a value (`v0`). */
export type RankedRow = RunTable & Record<string, number | string>;

export interface Ranking {
  columns: RawBuilder<unknown>;
  joins: RawBuilder<unknown>;
  order: RawBuilder<unknown>;
  /** Only rows behind a position. */
  after(position: Position): RawBuilder<unknown>;
  positionOf(row: RankedRow): Position;
  rowOf(row: RankedRow): RunTable;
}

interface Term {
  column: string;
  descending: boolean;
}

const numbers = new Set(["started_at", "ended_at", "experiment_id"]);

/**
 * The order of a search as columns that are never null, so that a position is a tuple. In both directions a run
 * without the fact comes last, and NaN after numbers: that is what the rank says.
 */
export function ranking(orderBy: RunOrder[]): Ranking {
  const parts = orderBy.map(columnsOf);
  const terms: Term[] = [
    ...orderBy.flatMap(({ descending }, index) => [
      { column: `r${index}`, descending: false },
      { column: `v${index}`, descending },
    ]),
    { column: "started", descending: true },
    { column: "id", descending: false },
  ];
  return {
    columns: sql.join([...parts.map((part) => part.columns), sql`coalesce(run.started_at, 0) as started`]),
    joins: sql.join(
      parts.map((part) => part.join),
      sql` `,
    ),
    order: sql.join(
      terms.map(({ column, descending }) => sql`${sql.ref(column)} ${sql.raw(descending ? "desc" : "asc")}`),
    ),
    after: (position) => afterSql(terms, position),
    positionOf: (row) => terms.map(({ column }) => row[column]!),
    rowOf: (row) => plainRow(row, orderBy.length),
  };
}

function columnsOf({ on, key }: RunOrder, index: number): { columns: RawBuilder<unknown>; join: RawBuilder<unknown> } {
  const rank = sql.ref(`r${index}`);
  const value = sql.ref(`v${index}`);
  if (on === "attribute") {
    const column = sql.ref(`run.${key}`);
    const nothing = numbers.has(key) ? sql`0` : sql`''`;
    const columns = sql`case when ${column} is null then 1 else 0 end as ${rank}, coalesce(${column}, ${nothing}) as ${value}`;
    return { columns, join: sql`` };
  }
  const fact = sql.ref(`fact${index}`);
  const column = (name: string) => sql.ref(`fact${index}.${name}`);
  const [present, nothing] = on === "metric" ? [column("is_nan"), sql`0`] : [sql`0`, sql`''`];
  return {
    columns: sql`case when ${column("run_id")} is null then 2 else ${present} end as ${rank},
      coalesce(${column("value")}, ${nothing}) as ${value}`,
    join: sql`left join ${sql.table(factTables[on])} as ${fact}
      on ${column("run_id")} = run.id and ${column("key")} = ${key}`,
  };
}

/** `(a, b) > (1, 2)` with a direction of its own for each. */
function afterSql(terms: Term[], position: Position): RawBuilder<unknown> {
  if (position.length !== terms.length) throw invalid("Invalid page token. Ask for the first page again.");
  const steps = terms.map(({ column, descending }, index) => {
    const equal = terms.slice(0, index).map((term, at) => sql`${sql.ref(term.column)} = ${position[at]}`);
    const beyond = sql`${sql.ref(column)} ${sql.raw(descending ? "<" : ">")} ${position[index]}`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql`(${sql.join(steps, sql` or `)})`;
}

function plainRow(row: RankedRow, clauses: number): RunTable {
  const { started: _, ...plain } = row;
  for (let index = 0; index < clauses; index++) {
    delete plain[`r${index}`];
    delete plain[`v${index}`];
  }
  return plain as RunTable;
}
