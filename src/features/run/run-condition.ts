import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { compare, type Operand, type Operator } from "../search/index.ts";
import { type Bound, factCondition } from "./run-bound.ts";
import { oneOfNumbers } from "./run-fact.ts";
import type { Candidate } from "./run-group.ts";
import { findKeys } from "./run-key.ts";
import type { RunCondition, RunScope } from "./run-search.ts";

export async function bindScope(ctx: Ctx, scope: RunScope): Promise<Bound[]> {
  const bound: Bound[] = [{ holds: () => sql`run.lifecycle_stage in (${sql.join(scope.stages)})` }];
  if (scope.jobId) bound.push(indexedColumn("job_id", scope.jobId));
  if (scope.parentRunId) bound.push(indexedColumn("parent_run_id", scope.parentRunId));
  for (const condition of scope.where) bound.push(await bindCondition(ctx, scope, condition));
  return bound;
}

const indexedColumn = (column: string, value: string): Bound => ({
  holds: () => sql`${sql.ref(`run.${column}`)} = ${value}`,
  runs: sql`select number as run, started_at from run where ${sql.ref(column)} = ${value}`,
});

async function bindCondition(ctx: Ctx, scope: RunScope, condition: RunCondition): Promise<Bound> {
  const { on, key, operator, value } = condition;
  if (on === "attribute") return attribute(scope, condition);
  if (on === "dataset") return { holds: () => datasetSql(key, operator, value) };
  const { workspace, experimentIds } = scope;
  const keys = (await findKeys(ctx, { workspace, experimentIds, kind: on }, [key])).map((row) => row.number);
  if (keys.length === 0) return { holds: () => (operator === "IS NULL" ? sql`1 = 1` : sql`1 = 0`), ...none(operator) };
  const bound = factCondition(on, keys, condition);
  if (on === "metric" && typeof value === "number") bound.metric = { name: key, operator, value };
  return bound;
}

const none = (operator: Operator): Partial<Bound> =>
  operator === "IS NULL" ? {} : { runs: sql`select number as run, started_at from run where 1 = 0` };

function attribute(scope: RunScope, { key, operator, value }: RunCondition): Bound {
  const comparison = compare(sql.ref(`run.${key}`), operator, value);
  const holds = () => comparison;
  const numbers = sql`select run.number as run, run.started_at from run where`;
  if (key === "id" && (operator === "=" || operator === "IN")) return { holds, runs: sql`${numbers} ${comparison}` };
  // Each names just the columns of the index that is meant, so that no other one looks as good.
  if (operator === "=" && (key === "name" || key === "state"))
    return { holds, runs: sql`${numbers} ${experimentsOf(scope)} and ${comparison}` };
  if (key === "started_at" && operator !== "!=")
    return { holds, runs: sql`${numbers} ${experimentsOf(scope)} and ${stagesOf(scope)} and ${comparison}` };
  return { holds };
}

const stagesOf = (scope: RunScope) => sql`run.lifecycle_stage in (${sql.join(scope.stages)})`;

/** Every condition, for a run whose number is known. Equalities come first: few runs pass them, and they cost the least. */
export function allHold(conditions: Bound[], run: Candidate): RawBuilder<SqlBool> {
  const first = conditions.filter((condition) => condition.groups);
  const others = conditions.filter((condition) => !condition.groups);
  return sql.join(
    [...first, ...others].map((condition) => condition.holds(run)),
    sql` and `,
  );
}

/** Rows of `run` that are in the experiments of a search. */
export const experimentsOf = ({ workspace, experimentIds }: RunScope): RawBuilder<SqlBool> =>
  experimentIds
    ? sql`run.workspace = ${workspace} and ${oneOfNumbers(sql`run.experiment_id`, experimentIds)}`
    : sql`run.workspace = ${workspace}`;

function datasetSql(key: string, operator: Operator, value: Operand): RawBuilder<SqlBool> {
  if (key !== "context") {
    const fits = compare(sql.ref(`used.${key}`), operator, value);
    return sql`exists (select 1 from run_dataset as used where used.run_id = run.id and ${fits})`;
  }
  const fits = compare(sql.ref("used.value"), operator, value);
  return sql`exists (select 1 from run_dataset_tag as used
    where used.run_id = run.id and used.key = 'mlflow.data.context' and ${fits})`;
}
