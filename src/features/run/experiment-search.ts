import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { compare, type Operand, type Operator, type PageWanted, type Position, readPage } from "../search/index.ts";
import { type Experiment, ensureDefault, withTags } from "./experiment.ts";
import type { LifecycleStage } from "./schema.ts";

export interface ExperimentCondition {
  on: "attribute" | "tag";
  key: string;
  operator: Operator;
  value: Operand;
}

export interface ExperimentSearch extends PageWanted {
  workspace: string;
  stages: LifecycleStage[];
  where: ExperimentCondition[];
  orderBy: { column: "name" | "id" | "created_at" | "updated_at"; descending: boolean }[];
}

export async function searchExperiments(
  ctx: Ctx,
  search: ExperimentSearch,
): Promise<{ items: Experiment[]; next?: Position }> {
  await ensureDefault(ctx, search.workspace);
  let query = ctx.db
    .selectFrom("experiment")
    .selectAll()
    .where("workspace", "=", search.workspace)
    .where("lifecycle_stage", "in", search.stages);
  for (const condition of search.where) query = query.where(conditionSql(condition));
  const { rows, next } = await readPage(query, [...search.orderBy, { column: "id", descending: false }], search);
  return { items: await withTags(ctx, rows), next };
}

function conditionSql({ on, key, operator, value }: ExperimentCondition): RawBuilder<SqlBool> {
  if (on === "attribute") return compare(sql.ref(`experiment.${key}`), operator, value);
  const found = (extra: RawBuilder<unknown>): RawBuilder<SqlBool> =>
    sql`exists (select 1 from experiment_tag as fact where fact.workspace = experiment.workspace
      and fact.experiment_id = experiment.id and fact.key = ${key}${extra})`;
  if (operator === "IS NOT NULL") return found(sql``);
  if (operator === "IS NULL") return sql`not ${found(sql``)}`;
  return found(sql` and ${compare(sql.ref("fact.value"), operator, value)}`);
}
