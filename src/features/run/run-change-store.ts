import type { Db } from "../../platform/db/tables.ts";
import type { LifecycleStage } from "./schema.ts";

export async function moveRunsTo(db: Db, ids: string[], stage: LifecycleStage, deletedAt: number | null) {
  if (ids.length === 0) return;
  await db.updateTable("run").set({ lifecycle_stage: stage, deleted_at: deletedAt }).where("id", "in", ids).execute();
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
