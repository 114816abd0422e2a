import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import {
  compare,
  type Operand,
  type Operator,
  type OrderTerm,
  type PageWanted,
  type Position,
  readPage,
} from "../search/index.ts";
import { modelsOf, type RegisteredModel, type RegisteredVersion, versionsOf } from "./read.ts";
import * as store from "./store.ts";

export interface ModelCondition {
  on: "attribute" | "tag";
  /** For an attribute, a column of `model` or `model_version`. */
  key: string;
  operator: Operator;
  value: Operand;
  /** What fits is left out, also when there is no such tag. */
  not?: boolean;
}

export interface ModelSearch extends PageWanted {
  workspace: string;
  where: ModelCondition[];
  orderBy: OrderTerm[];
}

export async function searchModels(
  ctx: Ctx,
  search: ModelSearch,
): Promise<{ items: RegisteredModel[]; next?: Position }> {
  let query = ctx.db.selectFrom("model").selectAll().where("workspace", "=", search.workspace);
  for (const condition of search.where) query = query.where(conditionSql("model", condition));
  const order = [...search.orderBy, { column: "name", descending: false }];
  const { rows, next } = await readPage(query, order, search);
  return { items: await modelsOf(ctx, rows), next };
}

export async function searchVersions(
  ctx: Ctx,
  search: ModelSearch,
): Promise<{ items: RegisteredVersion[]; next?: Position }> {
  let query = ctx.db.selectFrom("model_version").selectAll().where("workspace", "=", search.workspace);
  for (const condition of search.where) query = query.where(conditionSql("model_version", condition));
  const order = [
    ...search.orderBy,
    { column: "updated_at", descending: true },
    { column: "name", descending: false },
    { column: "version", descending: true },
  ];
  const { rows, next } = await readPage(query, order, search);
  return { items: await versionsOf(ctx, rows), next };
}

function conditionSql(table: "model" | "model_version", condition: ModelCondition): RawBuilder<SqlBool> {
  const { on, key, operator, value } = condition;
  if (on === "attribute") return compare(sql.ref(`${table}.${key}`), operator, value);
  const ofVersion = table === "model_version" ? sql` and fact.version = model_version.version` : sql``;
  const found = (extra: RawBuilder<unknown>): RawBuilder<SqlBool> =>
    sql`exists (select 1 from ${sql.table(`${table}_tag`)} as fact where fact.workspace = ${sql.ref(`${table}.workspace`)}
      and fact.name = ${sql.ref(`${table}.name`)}${ofVersion} and fact.key = ${key}${extra})`;
  if (operator === "IS NOT NULL") return found(sql``);
  if (operator === "IS NULL") return sql`not ${found(sql``)}`;
  const fits = found(sql` and ${compare(sql.ref("fact.value"), operator, value)}`);
  return condition.not ? sql`not ${fits}` : fits;
}

/** The newest version of each stage, by model. */
export async function latestOfStages(
  ctx: Ctx,
  workspace: string,
  names: string[],
): Promise<Map<string, RegisteredVersion[]>> {
  const latest = new Map<string, RegisteredVersion[]>(names.map((name) => [name, []]));
  if (names.length === 0) return latest;
  // An index has the versions by name and stage: from each stage it is one step to the next, past all the versions in it.
  const mine = sql`version.workspace = ${workspace} and version.name = found.name`;
  const stageAfter = (stage: RawBuilder<unknown>) =>
    sql`(select min(version.stage) from model_version as version where ${mine} and version.stage > ${stage})`;
  const { rows: newest } = await sql<{ name: string; version: number }>`with recursive found(name, stage) as (
      select found.name, ${stageAfter(sql`''`)} from model as found
      where found.workspace = ${workspace} and found.name in (${sql.join(names)})
      union all
      select found.name, ${stageAfter(sql`found.stage`)} from found where found.stage is not null)
    select found.name, (select max(version.version) from model_version as version
      where ${mine} and version.stage = found.stage) as version
    from found where found.stage is not null`.execute(ctx.db);
  const rows = await store.listNamedVersions(ctx.db, workspace, newest);
  for (const version of await versionsOf(ctx, rows)) latest.get(version.name)!.push(version);
  return latest;
}
