import { type RawBuilder, sql } from "kysely";

/** A run whose row is not read yet. Each of its facts says both. */
export interface Candidate {
  number: RawBuilder<unknown>;
  started: RawBuilder<unknown>;
}

export const candidateIn = (alias: string, column: "run" | "number" = "run"): Candidate => ({
  number: sql.ref(`${alias}.${column}`),
  started: sql.ref(`${alias}.started_at`),
});

/** Rows of an index, equal in all but when their run started, by which they are ordered. `walked` is the table's alias. */
export interface Group {
  table: string;
  /** Column with the number of the run. */
  run: "run" | "number";
  is: RawBuilder<unknown>;
  /** What a candidate must fit besides. */
  and?: (run: Candidate) => RawBuilder<unknown>;
}

/** The numbers and starts of the runs of some groups. */
export const runsOf = (groups: Group[]): RawBuilder<unknown> =>
  sql.join(
    groups.map(
      ({ table, run, is }) => sql`select ${sql.ref(`walked.${run}`)} as run, walked.started_at
        from ${sql.table(table)} as walked where ${is}`,
    ),
    sql` union all `,
  );

/** Started, and number: where in a group the page before ended. */
export type Start = [number, number];

/** Which of the two orders of starts a walk takes. */
export interface Direction {
  oldestFirst: boolean;
}

const comparedStart = (operator: string, [started]: Start) => sql`walked.started_at ${sql.raw(operator)} ${started}`;

const numberOf = (group: Pick<Group, "run">) => sql.ref(`walked.${group.run}`);

/** Said of the start alone first, so that the index begins there. */
export const behind = ({ oldestFirst }: Direction, group: Group, place: Start) =>
  sql` and ${comparedStart(oldestFirst ? ">=" : "<=", place)}
    and (${comparedStart(oldestFirst ? ">" : "<", place)} or ${numberOf(group)} > ${place[1]})`;

export const upTo = ({ oldestFirst }: Direction, group: Group, place: Start) =>
  sql` and ${comparedStart(oldestFirst ? "<=" : ">=", place)}
    and (${comparedStart(oldestFirst ? "<" : ">", place)} or ${numberOf(group)} <= ${place[1]})`;

export const byStart = ({ oldestFirst }: Direction, group: Pick<Group, "run">) =>
  sql`walked.started_at ${sql.raw(oldestFirst ? "asc" : "desc")}, ${numberOf(group)}`;
