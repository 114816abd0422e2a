import { sql } from "kysely";
import { prepared } from "../../platform/db/prepared.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { ExperimentTable, LifecycleStage } from "./schema.ts";

/** Takes the next number of a workspace; 0 is left for its `Default`. */
export async function takeNumber(db: Db, workspace: string): Promise<number> {
  const row = await db
    .insertInto("experiment_number")
    .values({ workspace, next: 2 })
    .onConflict((conflict) =>
      conflict.column("workspace").doUpdateSet({ next: sql<number>`experiment_number.next + 1` }),
    )
    .returning("next")
    .executeTakeFirstOrThrow();
  return row.next - 1;
}

/** False when the workspace has that number or name already. */
export async function insertExperiment(db: Db, row: ExperimentTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("experiment")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export const findExperiment = (db: Db, workspace: string, id: number) => ofId.first(db, { workspace, id });

const ofId = prepared<{ workspace: string; id: number }, ExperimentTable>((db, value) =>
  db.selectFrom("experiment").selectAll().where("workspace", "=", value("workspace")).where("id", "=", value("id")),
);

export const findExperimentByName = (db: Db, workspace: string, name: string) => ofName.first(db, { workspace, name });

const ofName = prepared<{ workspace: string; name: string }, ExperimentTable>((db, value) =>
  db.selectFrom("experiment").selectAll().where("workspace", "=", value("workspace")).where("name", "=", value("name")),
);

export const updateExperiment = (db: Db, workspace: string, id: number, changes: Partial<ExperimentTable>) =>
  db.updateTable("experiment").set(changes).where("workspace", "=", workspace).where("id", "=", id).execute();

/** Every experiment of the workspace with the number of its active runs. */
export const listExperimentRows = (db: Db, workspace: string) =>
  db
    .selectFrom("experiment")
    .leftJoin("run", (join) =>
      join
        .onRef("run.workspace", "=", "experiment.workspace")
        .onRef("run.experiment_id", "=", "experiment.id")
        .on("run.lifecycle_stage", "=", "active"),
    )
    .where("experiment.workspace", "=", workspace)
    .groupBy(["experiment.workspace", "experiment.id"])
    .select(["experiment.id", "experiment.name", "experiment.lifecycle_stage"])
    .select(["experiment.created_at", "experiment.updated_at"])
    .select((eb) => [eb.fn.count<number>("run.id").as("runs"), eb.fn.max("run.started_at").as("last_run_at")])
    .orderBy("experiment.id", "desc")
    .execute();

export const moveRuns = (db: Db, workspace: string, id: number, stage: LifecycleStage, deletedAt: number | null) =>
  db
    .updateTable("run")
    .set({ lifecycle_stage: stage, deleted_at: deletedAt })
    .where("workspace", "=", workspace)
    .where("experiment_id", "=", id)
    .execute();

export const upsertExperimentTag = (db: Db, workspace: string, id: number, key: string, value: string) =>
  db
    .insertInto("experiment_tag")
    .values({ workspace, experiment_id: id, key, value })
    .onConflict((conflict) => conflict.columns(["workspace", "experiment_id", "key"]).doUpdateSet({ value }))
    .execute();

export async function deleteExperimentTag(db: Db, workspace: string, id: number, key: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("experiment_tag")
    .where("workspace", "=", workspace)
    .where("experiment_id", "=", id)
    .where("key", "=", key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export const listExperimentTags = (db: Db, workspace: string, ids: number[]) =>
  db
    .selectFrom("experiment_tag")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("experiment_id", "in", ids)
    .orderBy("key")
    .execute();

export const findExperimentByTag = (db: Db, workspace: string, key: string, value: string) =>
  db
    .selectFrom("experiment_tag")
    .select("experiment_id")
    .where("workspace", "=", workspace)
    .where("key", "=", key)
    .where("value", "=", value)
    .orderBy("experiment_id")
    .executeTakeFirst();
