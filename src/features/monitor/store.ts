import type { Updateable } from "kysely";
import type { MonitorRun } from "../../contract/monitor.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { MonitorRunTable, MonitorTable } from "./schema.ts";

export const runOf = (row: MonitorRunTable): MonitorRun => ({
  number: row.number,
  state: row.state,
  verdict: row.verdict,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  referenceRows: row.reference_rows,
  productionRows: row.production_rows,
  features: JSON.parse(row.features),
  message: row.message,
  retrainingJobId: row.retraining_job_id,
});

export const findMonitor = (db: Db, workspace: string, name: string) =>
  db.selectFrom("monitor").selectAll().where("workspace", "=", workspace).where("name", "=", name).executeTakeFirst();

export const listMonitors = (db: Db, workspace: string) =>
  db.selectFrom("monitor").selectAll().where("workspace", "=", workspace).orderBy("name").execute();

/** False when there is one of that name. */
export async function insertMonitor(db: Db, row: MonitorTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("monitor")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "name"]).doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export const updateMonitor = (db: Db, workspace: string, name: string, change: Updateable<MonitorTable>) =>
  db.updateTable("monitor").set(change).where("workspace", "=", workspace).where("name", "=", name).execute();

/** Takes the monitor's row until the transaction ends: what is decided per monitor is decided one after the other. */
export const takeMonitor = (db: Db, workspace: string, name: string) =>
  db
    .updateTable("monitor")
    .set((eb) => ({ last_number: eb.ref("last_number") }))
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .returningAll()
    .executeTakeFirst();

export const listDue = (db: Db, now: number) =>
  db.selectFrom("monitor").selectAll().where("next_run_at", "<=", now).orderBy("next_run_at").limit(100).execute();

export const listLater = (db: Db, now: number) =>
  db.selectFrom("monitor").selectAll().where("next_run_at", ">", now).orderBy("next_run_at").execute();

/** Takes the slot of a monitor; false when another server was there first. */
export async function takeSlot(db: Db, monitor: MonitorTable, next: number | null): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("monitor")
    .set({ next_run_at: next })
    .where("workspace", "=", monitor.workspace)
    .where("name", "=", monitor.name)
    .where("next_run_at", "=", monitor.next_run_at)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export const insertRun = (db: Db, row: MonitorRunTable) => db.insertInto("monitor_run").values(row).execute();

const runs = (db: Db, workspace: string, monitor: string) =>
  db.selectFrom("monitor_run").selectAll().where("workspace", "=", workspace).where("monitor", "=", monitor);

export const findRun = (db: Db, workspace: string, monitor: string, number: number) =>
  runs(db, workspace, monitor).where("number", "=", number).executeTakeFirst();

export const findRunByKey = (db: Db, workspace: string, monitor: string, key: string) =>
  runs(db, workspace, monitor).where("idempotency_key", "=", key).executeTakeFirst();

export const findRunning = (db: Db, workspace: string, monitor: string) =>
  runs(db, workspace, monitor).where("state", "=", "running").limit(1).executeTakeFirst();

/** The newest run that started a retraining. */
export const findLastRetraining = (db: Db, workspace: string, monitor: string) =>
  runs(db, workspace, monitor)
    .where("retraining_job_id", "is not", null)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();

/** Newest first. */
export function listRuns(db: Db, workspace: string, monitor: string, page: { limit: number; before?: number }) {
  const query = runs(db, workspace, monitor).orderBy("number", "desc").limit(page.limit);
  return (page.before === undefined ? query : query.where("number", "<", page.before)).execute();
}

/** The newest run of each monitor. */
export const listLastRuns = (db: Db, workspace: string) =>
  db
    .selectFrom("monitor_run")
    .innerJoin("monitor", (join) =>
      join
        .onRef("monitor.workspace", "=", "monitor_run.workspace")
        .onRef("monitor.name", "=", "monitor_run.monitor")
        .onRef("monitor.last_number", "=", "monitor_run.number"),
    )
    .selectAll("monitor_run")
    .where("monitor_run.workspace", "=", workspace)
    .execute();

/** Ends a run; false when it has ended before. */
export async function endRun(
  db: Db,
  run: Pick<MonitorRunTable, "workspace" | "monitor" | "number">,
  change: Updateable<MonitorRunTable>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("monitor_run")
    .set(change)
    .where("workspace", "=", run.workspace)
    .where("monitor", "=", run.monitor)
    .where("number", "=", run.number)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
