import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Db } from "../../platform/db/tables.ts";
import { compare, type Operand, type Operator, type PageWanted, type Position, readPage } from "../search/index.ts";
import type { EvaluationDatasetTable } from "./schema.ts";

export interface DatasetCondition {
  on: "attribute" | "tag";
  key: string;
  operator: Operator;
  value: Operand;
}

export interface DatasetSearch extends PageWanted {
  workspace: string;
  /** Of these experiments only; all when there are none. */
  experimentIds: number[];
  where: DatasetCondition[];
  orderBy: { column: "name" | "created_at" | "updated_at"; descending: boolean }[];
}

export async function searchRows(
  db: Db,
  search: DatasetSearch,
): Promise<{ rows: EvaluationDatasetTable[]; next?: Position }> {
  let query = db.selectFrom("evaluation_dataset").selectAll().where("workspace", "=", search.workspace);
  if (search.experimentIds.length > 0) {
    query = query.where("id", "in", (inner) =>
      inner
        .selectFrom("evaluation_dataset_experiment")
        .select("dataset_id")
        .where("experiment_id", "in", search.experimentIds),
    );
  }
  for (const condition of search.where) query = query.where(conditionSql(condition));
  return readPage(query, [...search.orderBy, { column: "id", descending: true }], search);
}

function conditionSql({ on, key, operator, value }: DatasetCondition): RawBuilder<SqlBool> {
  if (on === "attribute") return compare(sql.ref(`evaluation_dataset.${key}`), operator, value);
  return sql`exists (select 1 from evaluation_dataset_tag as fact where fact.dataset_id = evaluation_dataset.id
    and fact.key = ${key} and ${compare(sql.ref("fact.value"), operator, value)})`;
}

export const findRow = (db: Db, workspace: string, id: string): Promise<EvaluationDatasetTable | undefined> =>
  db
    .selectFrom("evaluation_dataset")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("id", "=", id)
    .executeTakeFirst();

export const updateRow = (db: Db, id: string, changes: Partial<EvaluationDatasetTable>) =>
  db.updateTable("evaluation_dataset").set(changes).where("id", "=", id).execute();

export async function deleteRow(db: Db, id: string): Promise<void> {
  for (const table of ["evaluation_record", "evaluation_dataset_tag", "evaluation_dataset_experiment"] as const)
    await db.deleteFrom(table).where("dataset_id", "=", id).execute();
  await db.deleteFrom("evaluation_dataset").where("id", "=", id).execute();
}

export async function upsertTags(db: Db, id: string, tags: Record<string, string>): Promise<void> {
  for (const [key, value] of Object.entries(tags)) {
    await db
      .insertInto("evaluation_dataset_tag")
      .values({ dataset_id: id, key, value })
      .onConflict((conflict) => conflict.columns(["dataset_id", "key"]).doUpdateSet({ value }))
      .execute();
  }
}

export async function insertExperiments(db: Db, id: string, experimentIds: number[]): Promise<void> {
  for (const experiment_id of experimentIds) {
    await db
      .insertInto("evaluation_dataset_experiment")
      .values({ dataset_id: id, experiment_id })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Tags, experiments and number of records of data sets. */
export async function factsOf(db: Db, ids: string[]) {
  const [tags, experiments, counts] = await Promise.all([
    db.selectFrom("evaluation_dataset_tag").selectAll().where("dataset_id", "in", ids).orderBy("key").execute(),
    db
      .selectFrom("evaluation_dataset_experiment")
      .selectAll()
      .where("dataset_id", "in", ids)
      .orderBy("experiment_id")
      .execute(),
    db
      .selectFrom("evaluation_record")
      .select(["dataset_id", (select) => select.fn.countAll<number>().as("records")])
      .where("dataset_id", "in", ids)
      .groupBy("dataset_id")
      .execute(),
  ]);
  return { tags, experiments, counts };
}
