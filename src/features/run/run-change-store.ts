import type { Db } from "../../platform/db/tables.ts";
import type { LifecycleStage } from "./schema.ts";

export async function moveRunsTo(db: Db, ids: string[], stage: LifecycleStage, deletedAt: number | null) {
  if (ids.length === 0) return;
  await db.updateTable("run").set({ lifecycle_stage: stage, deleted_at: deletedAt }).where("id", "in", ids).execute();
}

/** Deletes a tag of some runs; gives those that had it. */
export async function deleteTagOf(db: Db, ids: string[], key: string): Promise<Set<string>> {
  const rows = await db
    .deleteFrom("run_tag")
    .where("run_id", "in", ids)
    .where("key", "=", key)
    .returning("run_id")
    .execute();
  return new Set(rows.map((row) => row.run_id));
}

/** How many active runs name each of some runs as their parent. */
export async function countChildren(db: Db, workspace: string, ids: string[]): Promise<Record<string, number>> {
  if (ids.length === 0) return {};
  const rows = await db
    .selectFrom("run")
    .where("workspace", "=", workspace)
    .where("parent_run_id", "in", ids)
    .where("lifecycle_stage", "=", "active")
    .groupBy("parent_run_id")
    .select("parent_run_id")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .execute();
  return Object.fromEntries(rows.map((row) => [row.parent_run_id!, Number(row.count)]));
}
