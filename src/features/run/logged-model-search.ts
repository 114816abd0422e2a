import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { compare, type Operand, type Operator, type PageWanted, type Position, readPage } from "../search/index.ts";
import { type LoggedModel, loggedModelsOf } from "./logged-model.ts";
import { modelsIn } from "./logged-model-store.ts";

export interface LoggedModelSearch extends PageWanted {
  workspace: string;
  experimentIds: number[];
  where: { on: "attribute" | "metric" | "param" | "tag"; key: string; operator: Operator; value: Operand }[];
  /** Only models with a metric on one of these; no digest for any. */
  datasets: { name: string; digest?: string }[];
  orderBy: { on: "attribute" | "metric"; key: string; descending: boolean }[];
}

export async function searchLoggedModels(
  ctx: Ctx,
  search: LoggedModelSearch,
): Promise<{ items: LoggedModel[]; next?: Position }> {
  if (search.experimentIds.length === 0) return { items: [] };
  const order = [
    ...search.orderBy.flatMap(({ descending }, index) => [
      { column: `r${index}`, descending: false },
      { column: `v${index}`, descending },
    ]),
    { column: "created_at", descending: true },
    { column: "id", descending: false },
  ];
  let query = modelsIn(ctx.db, search.workspace, search.experimentIds).selectAll();
  for (const condition of search.where) query = query.where(conditionSql(condition, search.datasets));
  if (search.datasets.length > 0) query = query.where(ofMetric(sql`${onDatasets(search.datasets)}`));
  for (const [index, order] of search.orderBy.entries()) {
    const value = orderedBy(order);
    const nothing = order.on === "metric" || numbers.has(order.key) ? sql`0` : sql`''`;
    query = query
      .select(sql`case when ${value} is null then 1 else 0 end`.as(`r${index}`))
      .select(sql`coalesce(${value}, ${nothing})`.as(`v${index}`));
  }
  const { rows, next } = await readPage(ctx.db.selectFrom(query.as("logged_model")).selectAll(), order, search);
  return { items: await loggedModelsOf(ctx, rows), next };
}

const numbers = new Set(["created_at", "updated_at"]);

const orderedBy = ({ on, key }: LoggedModelSearch["orderBy"][number]): RawBuilder<unknown> =>
  on === "attribute"
    ? sql.ref(`logged_model.${key}`)
    : sql`(select fact.value from logged_model_metric as fact where fact.model_id = logged_model.id
        and fact.key = ${key} order by fact.timestamp desc, fact.step desc limit 1)`;

const ofMetric = (fits: RawBuilder<unknown>): RawBuilder<SqlBool> =>
  sql`exists (select 1 from logged_model_metric as fact where fact.model_id = logged_model.id and ${fits})`;

function onDatasets(datasets: LoggedModelSearch["datasets"]): RawBuilder<unknown> {
  if (datasets.length === 0) return sql`1 = 1`;
  const any = datasets.map(({ name, digest }) =>
    digest === undefined
      ? sql`fact.dataset_name = ${name}`
      : sql`(fact.dataset_name = ${name} and fact.dataset_digest = ${digest})`,
  );
  return sql`(${sql.join(any, sql` or `)})`;
}

function conditionSql(
  { on, key, operator, value }: LoggedModelSearch["where"][number],
  datasets: LoggedModelSearch["datasets"],
): RawBuilder<SqlBool> {
  if (on === "attribute") return compare(sql.ref(`logged_model.${key}`), operator, value);
  const fits = compare(sql.ref("fact.value"), operator, value);
  if (on === "metric")
    return ofMetric(sql`fact.key = ${key} and fact.is_nan = 0 and ${fits} and ${onDatasets(datasets)}`);
  const table = sql.table(on === "param" ? "logged_model_param" : "logged_model_tag");
  return sql`exists (select 1 from ${table} as fact where fact.model_id = logged_model.id and fact.key = ${key} and ${fits})`;
}
