import { type SelectQueryBuilder, sql } from "kysely";
import type { Db, Tables } from "../../platform/db/tables.ts";
import type { LoggedModelMetricTable, LoggedModelTable } from "./logged-model-schema.ts";

export const insertModel = (db: Db, row: LoggedModelTable) => db.insertInto("logged_model").values(row).execute();

export const findModel = (db: Db, id: string) =>
  db.selectFrom("logged_model").selectAll().where("id", "=", id).executeTakeFirst();

export const findModels = (db: Db, ids: string[]) =>
  db.selectFrom("logged_model").selectAll().where("id", "in", ids).execute();

export const updateModel = (db: Db, id: string, changes: Partial<LoggedModelTable>) =>
  db.updateTable("logged_model").set(changes).where("id", "=", id).execute();

interface KeyValue {
  model_id: string;
  key: string;
  value: string;
}

/** Params that are there already stay as they are. */
export async function insertParams(db: Db, rows: KeyValue[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("logged_model_param")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function upsertTags(db: Db, rows: KeyValue[]): Promise<void> {
  if (rows.length === 0) return;
  const last = [...new Map(rows.map((row) => [row.key, row])).values()];
  await db
    .insertInto("logged_model_tag")
    .values(last)
    .onConflict((conflict) => conflict.columns(["model_id", "key"]).doUpdateSet({ value: sql<string>`excluded.value` }))
    .execute();
}

export async function deleteTag(db: Db, id: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("logged_model_tag")
    .where("model_id", "=", id)
    .where("key", "=", key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function insertMetrics(db: Db, rows: LoggedModelMetricTable[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("logged_model_metric")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export const listParams = (db: Db, ids: string[]) =>
  db.selectFrom("logged_model_param").selectAll().where("model_id", "in", ids).orderBy("key").execute();

export const listTags = (db: Db, ids: string[]) =>
  db.selectFrom("logged_model_tag").selectAll().where("model_id", "in", ids).orderBy("key").execute();

export const listMetrics = (db: Db, ids: string[]) =>
  db
    .selectFrom("logged_model_metric")
    .selectAll()
    .where("model_id", "in", ids)
    .orderBy("timestamp")
    .orderBy("step")
    .orderBy("key")
    .execute();

export async function insertRunModels(
  db: Db,
  rows: { run_id: string; model_id: string; role: "input" | "output"; step: number }[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("run_model")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export const listRunModels = (db: Db, runIds: string[]) =>
  db.selectFrom("run_model").selectAll().where("run_id", "in", runIds).orderBy("model_id").execute();

export type ModelQuery = SelectQueryBuilder<Tables, "logged_model", object>;

/** Models that are not deleted, of some experiments. */
export const modelsIn = (db: Db, workspace: string, experimentIds: number[]): ModelQuery =>
  db
    .selectFrom("logged_model")
    .where("logged_model.workspace", "=", workspace)
    .where("logged_model.experiment_id", "in", experimentIds)
    .where("logged_model.lifecycle_stage", "=", "active");
