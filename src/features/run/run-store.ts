import { sql } from "kysely";
import { bulkInsert } from "../../platform/db/bulk.ts";
import { prepared } from "../../platform/db/prepared.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { ArtifactTable, NewRun, RunTable } from "./schema.ts";

/** Runs that are there already stay as they are: ids are random, so they are these very runs. */
export const insertRuns = bulkInsert<NewRun>(
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

/** The rows of some runs, of those that there are. */
export async function findRuns(db: Db, ids: string[]): Promise<RunTable[]> {
  if (ids.length > 1) return db.selectFrom("run").selectAll().where("id", "in", ids).execute();
  const [id] = ids;
  return id === undefined ? [] : runOfId.all(db, { id });
}

export const findRun = (db: Db, id: string) => runOfId.first(db, { id });

const runOfId = prepared<{ id: string }, RunTable>((db, value) =>
  db.selectFrom("run").selectAll().where("id", "=", value("id")),
);

/** Ends it if it is there and has not ended. */
export const endRun = (db: Db, change: { id: string; state: RunTable["state"]; now: number }): Promise<number> =>
  ending.run(db, change);

const ending = prepared<{ id: string; state: RunTable["state"]; now: number }, unknown>((db, value) =>
  db
    .updateTable("run")
    .set({ state: value("state"), ended_at: value("now") })
    .where("id", "=", value("id"))
    .where("ended_at", "is", null),
);

/** Ends a run that did not end by itself, or well. */
export async function breakOff(db: Db, id: string, state: "FAILED" | "KILLED", now: number): Promise<void> {
  await db
    .updateTable("run")
    .set((eb) => ({ state, ended_at: eb.fn.coalesce("ended_at", eb.val(now)) }))
    .where("id", "=", id)
    .where("state", "not in", ["FAILED", "KILLED"])
    .execute();
}

/** Ends what still runs directly inside of some runs; gives which those were. */
export async function endChildren(db: Db, workspace: string, parents: string[], now: number): Promise<string[]> {
  const ended = await db
    .updateTable("run")
    .set({ state: "KILLED", ended_at: now })
    .where("parent_run_id", "in", parents)
    .where("workspace", "=", workspace)
    // A client that says that a run has ended need not say when.
    .where("state", "in", ["RUNNING", "SCHEDULED"])
    .returning("id")
    .execute();
  return ended.map(({ id }) => id);
}

export const updateRun = (db: Db, id: string, changes: Partial<RunTable>) =>
  db.updateTable("run").set(changes).where("id", "=", id).execute();

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
