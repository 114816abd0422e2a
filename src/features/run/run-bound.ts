import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Operator } from "../search/index.ts";
import type { FactKind } from "./fact-schema.ts";
import {
  factFits,
  factOfRunFits,
  factTables,
  hasValue,
  hasValueUnindexed,
  isIndexed,
  isWhole,
  oneOfNumbers,
} from "./run-fact.ts";
import type { Candidate, Group } from "./run-group.ts";
import type { RunCondition } from "./run-search.ts";

/** A condition that knows the numbers of its keys. */
export interface Bound {
  /** Holds for a row of `run`; of a fact, told by what is known of the run before that row is read. */
  holds: (run: Candidate) => RawBuilder<SqlBool>;
  /** The runs for which it holds, as `run` and `started_at`, found by an index; undefined when no index helps. */
  runs?: RawBuilder<unknown>;
  /** Set for an equality of a fact: whatever fits is in one of these. */
  groups?: Group[];
  /** Set for a comparison of a metric, which no NaN and no missing metric passes. */
  metric?: { name: string; operator: Operator; value: number };
}

export function factCondition(kind: FactKind, keys: number[], condition: RunCondition): Bound {
  const { operator, value } = condition;
  const facts = sql`${oneOfNumbers(sql`fact.key`, keys)} and ${factFits("fact", kind, condition)}`;
  const runs = isIndexed(kind, condition) ? runsWith(kind, facts) : undefined;
  const probe = (run: Candidate) => has(kind, keys, run, factOfRunFits("fact", kind, condition));
  if (operator === "IS NULL") return { holds: (run) => sql`not ${probe(run)}` };
  if (operator !== "=" || (typeof value !== "string" && typeof value !== "number")) return { holds: probe, runs };
  const same = equality(kind, keys, value);
  return isWhole(value) ? same : { ...same, holds: probe, runs };
}

const fewKeys = 4;

/**
 * The fact has this value, as far as the index on values tells texts apart. A whole entry of that index is looked for:
 * those of one value are beside each other there, while the facts of the runs are everywhere. PostgreSQL would prefer
 * the index on runs but for the `between`.
 */
export function equality(kind: FactKind, keys: number[], value: string | number): Bound {
  const table = factTables[kind];
  const facts = sql`${oneOfNumbers(sql`fact.key`, keys)} and ${hasValue("fact", kind, value)}`;
  const entry = (run: Candidate) => sql<SqlBool>`coalesce((select 1 from ${sql.table(table)} as fact where ${facts}
    and fact.started_at = ${run.started} and fact.run between ${run.number} and ${run.number}), 0) > 0`;
  return {
    holds: keys.length <= fewKeys ? entry : (run) => has(kind, keys, run, hasValueUnindexed("fact", kind, value)),
    runs: runsWith(kind, facts),
    groups: keys.map((key) => ({
      ...{ table, run: "run" },
      is: sql`walked.key = ${key} and ${hasValue("walked", kind, value)}`,
    })),
  };
}

const runsWith = (kind: FactKind, facts: RawBuilder<unknown>) =>
  sql`select fact.run, fact.started_at from ${sql.table(factTables[kind])} as fact where ${facts}`;

/** The run has no such fact. */
export const absence = (kind: FactKind, keys: number[]): Bound => ({
  holds: (run) => (keys.length === 0 ? sql`1 = 1` : sql`not ${has(kind, keys, run, sql`1 = 1`)}`),
});

/**
 * A subquery for a value: unlike `exists`, no planner turns it into a join that reads all facts of the key. And not
 * `= 1`, of which PostgreSQL believes that one run of 200 passes, and after three of them none.
 */
const has = (kind: FactKind, keys: number[], run: Candidate, fits: RawBuilder<unknown>) =>
  sql<SqlBool>`(coalesce((select 1 from ${sql.table(factTables[kind])} as fact
    where fact.run = ${run.number} and ${factKey(keys)} and ${fits}), 0) > 0)`;

/** Many keys, one of which a run can have, are looked for among the run's facts and not one by one in the index. */
const factKey = (keys: number[]) =>
  keys.length <= fewKeys ? oneOfNumbers(sql`fact.key`, keys) : sql`+fact.key in (${sql.join(keys)})`;
