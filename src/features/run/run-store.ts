import { sql } from "kysely";
import { bulkInsert } from "../../platform/db/bulk.ts";
import type { Db } from "../../platform/db/tables.ts";
import { latestOf } from "./metric.ts";
import type { ArtifactTable, KeyValue, PointTable, RunTable } from "./schema.ts";

/** Runs that are there already stay as they are: ids are random, so they are these very runs. */
export const insertRuns = bulkInsert<RunTable>(
  "run",
  {
    id: "text",
    workspace: "text",
    experiment_id: "bigint",
    name: "text",
    state: "text",
    lifecycle_stage: "text",
    user_name: "text",
    started_at: "bigint",
    ended_at: "bigint",
    created_at: "bigint",
    deleted_at: "bigint",
    job_id: "text",
    parent_run_id: "text",
  },
  "(id) do nothing",
);

export const findRun = (db: Db, id: string) => db.selectFrom("run").selectAll().where("id", "=", id).executeTakeFirst();

/** The rows of some runs, of those that there are. */
export const findRuns = (db: Db, ids: string[]) => db.selectFrom("run").selectAll().where("id", "in", ids).execute();

export const updateRun = (db: Db, id: string, changes: Partial<RunTable>) =>
  db.updateTable("run").set(changes).where("id", "=", id).execute();

/** Params or tags of some runs; with `keys`, only those. */
export async function listKeyValues(
  db: Db,
  table: "run_param" | "run_tag",
  runIds: string[],
  keys?: string[],
): Promise<KeyValue[]> {
  if (keys?.length === 0) return [];
  const query = db.selectFrom(table).selectAll().where("run_id", "in", runIds).orderBy("key");
  return (keys ? query.where("key", "in", keys) : query).execute();
}

export async function listLatestMetrics(db: Db, runIds: string[], keys?: string[]): Promise<PointTable[]> {
  if (keys?.length === 0) return [];
  const query = db.selectFrom("run_latest_metric").selectAll().where("run_id", "in", runIds).orderBy("key");
  return (keys ? query.where("key", "in", keys) : query).execute();
}

/** Writes params that are not there yet; gives how many it wrote. */
export const insertParams = bulkInsert<KeyValue>(
  "run_param",
  { run_id: "text", key: "text", value: "text" },
  "(run_id, key) do nothing",
);

/** What is stored under some keys of some runs: at least of those that were asked for. */
export async function findParams(db: Db, wanted: { run_id: string; key: string }[]): Promise<KeyValue[]> {
  if (wanted.length === 0) return [];
  return db
    .selectFrom("run_param")
    .selectAll()
    .where("run_id", "in", [...new Set(wanted.map((param) => param.run_id))])
    .where("key", "in", [...new Set(wanted.map((param) => param.key))])
    .execute();
}

const upsertDistinctTags = bulkInsert<KeyValue>(
  "run_tag",
  { run_id: "text", key: "text", value: "text" },
  "(run_id, key) do update set value = excluded.value",
);

/** One statement may not touch a row twice; the last value of a key counts. */
export const upsertTags = (db: Db, rows: KeyValue[]): Promise<number> =>
  upsertDistinctTags(db, [...new Map(rows.map((row) => [`${row.run_id} ${row.key}`, row])).values()]);

export async function deleteTag(db: Db, runId: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("run_tag")
    .where("run_id", "=", runId)
    .where("key", "=", key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

const pointColumns = {
  run_id: "text",
  key: "text",
  step: "bigint",
  timestamp: "bigint",
  value: "double precision",
  is_nan: "integer",
} as const;

const appendPoints = bulkInsert<PointTable>("run_metric", pointColumns, "do nothing");

const upsertLatest = bulkInsert<PointTable>(
  "run_latest_metric",
  pointColumns,
  `(run_id, key) do update set
     step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
   where (excluded.step, excluded.timestamp, excluded.value)
     > (run_latest_metric.step, run_latest_metric.timestamp, run_latest_metric.value)`,
);

/** Appends points of any runs; one that is there already is dropped. Keeps the latest point of each metric. */
export async function insertPoints(db: Db, rows: PointTable[]): Promise<void> {
  await appendPoints(db, rows);
  await upsertLatest(db, latestOf(rows));
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

/** Every point of a run, in parts; the order is that of the primary key. */
export async function* scanPoints(db: Db, runId: string, part = 20_000): AsyncGenerator<PointTable[]> {
  let last: PointTable | undefined;
  do {
    const after = last;
    const rows = await db
      .selectFrom("run_metric")
      .selectAll()
      .where("run_id", "=", runId)
      .$if(after !== undefined, (query) =>
        query.where(
          sql<boolean>`(key, step, timestamp, value, is_nan) > (${after!.key}, ${after!.step}, ${after!.timestamp}, ${after!.value}, ${after!.is_nan})`,
        ),
      )
      .orderBy("key")
      .orderBy("step")
      .orderBy("timestamp")
      .orderBy("value")
      .orderBy("is_nan")
      .limit(part)
      .execute();
    yield rows;
    last = rows.length === part ? rows.at(-1) : undefined;
  } while (last);
}

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
