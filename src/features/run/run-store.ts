import { sql } from "kysely";
import type { Db } from "../../platform/db/tables.ts";
import { latestOf } from "./metric.ts";
import type { ArtifactTable, KeyValue, PointTable, RunTable } from "./schema.ts";

export const insertRun = (db: Db, row: RunTable) => db.insertInto("run").values(row).execute();

export const findRun = (db: Db, id: string) => db.selectFrom("run").selectAll().where("id", "=", id).executeTakeFirst();

export const updateRun = (db: Db, id: string, changes: Partial<RunTable>) =>
  db.updateTable("run").set(changes).where("id", "=", id).execute();

export interface RunPage {
  workspace: string;
  experimentId?: number;
  jobId?: string;
  limit: number;
  before?: { createdAt: number; id: string };
}

export async function listRunRows(db: Db, page: RunPage): Promise<RunTable[]> {
  let query = db
    .selectFrom("run")
    .selectAll()
    .where("workspace", "=", page.workspace)
    .where("lifecycle_stage", "=", "active")
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(page.limit);
  if (page.experimentId !== undefined) query = query.where("experiment_id", "=", page.experimentId);
  if (page.jobId) query = query.where("job_id", "=", page.jobId);
  const { before } = page;
  if (before) {
    query = query.where((eb) =>
      eb.or([
        eb("created_at", "<", before.createdAt),
        eb.and([eb("created_at", "=", before.createdAt), eb("id", "<", before.id)]),
      ]),
    );
  }
  return query.execute();
}

export const listKeyValues = (db: Db, table: "run_param" | "run_tag", runIds: string[]): Promise<KeyValue[]> =>
  db.selectFrom(table).selectAll().where("run_id", "in", runIds).orderBy("key").execute();

export const listLatestMetrics = (db: Db, runIds: string[]): Promise<PointTable[]> =>
  db.selectFrom("run_latest_metric").selectAll().where("run_id", "in", runIds).orderBy("key").execute();

/** Writes params that are not there yet; gives those that were there with another value. */
export async function insertParams(db: Db, rows: KeyValue[]): Promise<KeyValue[]> {
  if (rows.length === 0) return [];
  await db
    .insertInto("run_param")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["run_id", "key"]).doNothing())
    .execute();
  const wanted = new Map(rows.map((row) => [row.key, row.value]));
  const stored = await db
    .selectFrom("run_param")
    .selectAll()
    .where("run_id", "=", rows[0]!.run_id)
    .where("key", "in", [...wanted.keys()])
    .execute();
  return stored.filter((row) => wanted.get(row.key) !== row.value);
}

export async function upsertTags(db: Db, rows: KeyValue[]): Promise<void> {
  if (rows.length === 0) return;
  // One statement may not touch a row twice; the last value of a key counts.
  const last = [...new Map(rows.map((row) => [row.key, row])).values()];
  await db
    .insertInto("run_tag")
    .values(last)
    .onConflict((conflict) => conflict.columns(["run_id", "key"]).doUpdateSet({ value: sql<string>`excluded.value` }))
    .execute();
}

export async function deleteTag(db: Db, runId: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("run_tag")
    .where("run_id", "=", runId)
    .where("key", "=", key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Appends points; one that is there already is dropped. Keeps the latest point of each metric. */
export async function insertPoints(db: Db, rows: PointTable[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("run_metric")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("run_latest_metric")
    .values(latestOf(rows))
    .onConflict((conflict) =>
      conflict
        .columns(["run_id", "key"])
        .doUpdateSet({
          step: sql<number>`excluded.step`,
          timestamp: sql<number>`excluded.timestamp`,
          value: sql<number>`excluded.value`,
          is_nan: sql<number>`excluded.is_nan`,
        })
        .where(
          sql<boolean>`(excluded.step, excluded.timestamp, excluded.value) > (run_latest_metric.step, run_latest_metric.timestamp, run_latest_metric.value)`,
        ),
    )
    .execute();
}

/** Points of one metric by time, step and value. */
export const listPoints = (db: Db, runId: string, key: string, page: { limit: number; offset: number }) =>
  db
    .selectFrom("run_metric")
    .selectAll()
    .where("run_id", "=", runId)
    .where("key", "=", key)
    .orderBy("timestamp")
    .orderBy("step")
    .orderBy("value")
    .limit(page.limit)
    .offset(page.offset)
    .execute();

export const upsertArtifact = (db: Db, row: ArtifactTable) =>
  db
    .insertInto("artifact")
    .values(row)
    .onConflict((conflict) => conflict.columns(["owner", "path"]).doUpdateSet({ digest: row.digest, size: row.size }))
    .execute();

export const listArtifacts = (db: Db, owner: string): Promise<ArtifactTable[]> =>
  db.selectFrom("artifact").selectAll().where("owner", "=", owner).orderBy("path").execute();

export const findArtifact = (db: Db, owner: string, path: string) =>
  db.selectFrom("artifact").selectAll().where("owner", "=", owner).where("path", "=", path).executeTakeFirst();

/** A file where a path needs a folder, or below it. */
export function findInTheWay(db: Db, owner: string, path: string) {
  const parts = path.split("/");
  const folders = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
  const inside = sql<boolean>`substr(path, 1, ${path.length + 1}) = ${`${path}/`}`;
  return db
    .selectFrom("artifact")
    .select("path")
    .where("owner", "=", owner)
    .where((eb) => (folders.length > 0 ? eb.or([eb("path", "in", folders), inside]) : inside))
    .limit(1)
    .executeTakeFirst();
}

export const deleteArtifacts = (db: Db, owner: string, paths: string[]) =>
  db.deleteFrom("artifact").where("owner", "=", owner).where("path", "in", paths).execute();
