import type { Build } from "../../contract/build.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { BuildTable } from "./schema.ts";

export async function insertBuild(db: Db, row: BuildTable): Promise<void> {
  await db.insertInto("build").values(row).execute();
  const { workspace, number } = row;
  for (const { name, version } of JSON.parse(row.models) as Build["models"]) {
    await db
      .insertInto("build_model")
      .values({ workspace, number, name, version })
      .onConflict((known) => known.doNothing())
      .execute();
  }
}

/** Builds that package a model version, newest first. */
export const listBuildsOf = (db: Db, workspace: string, model: { name: string; version: string }, limit: number) =>
  db
    .selectFrom("build")
    .innerJoin("build_model", (join) =>
      join.onRef("build_model.workspace", "=", "build.workspace").onRef("build_model.number", "=", "build.number"),
    )
    .selectAll("build")
    .where("build_model.workspace", "=", workspace)
    .where("build_model.name", "=", model.name)
    .where("build_model.version", "=", model.version)
    .orderBy("build.number", "desc")
    .limit(limit)
    .execute();

export const findBuild = (db: Db, workspace: string, number: number) =>
  db.selectFrom("build").selectAll().where("workspace", "=", workspace).where("number", "=", number).executeTakeFirst();

export const findByKey = (db: Db, workspace: string, key: string) =>
  db
    .selectFrom("build")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("idempotency_key", "=", key)
    .executeTakeFirst();

export async function hasFailed(db: Db, workspace: string, code: string): Promise<boolean> {
  const row = await db
    .selectFrom("build")
    .select("number")
    .where("workspace", "=", workspace)
    .where("code", "=", code)
    .where("state", "in", ["failed", "cancelled"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export function listRows(db: Db, workspace: string, limit: number, before?: number): Promise<BuildTable[]> {
  let query = db.selectFrom("build").selectAll().where("workspace", "=", workspace);
  if (before !== undefined) query = query.where("number", "<", before);
  return query.orderBy("number", "desc").limit(limit).execute();
}

/** Ends a build that has not ended; false when it had. */
export async function endBuild(
  db: Db,
  build: BuildTable,
  change: Pick<BuildTable, "state" | "error" | "tests" | "evidence" | "ended_at">,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("build")
    .set(change)
    .where("workspace", "=", build.workspace)
    .where("number", "=", build.number)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export const buildOf = (row: BuildTable): Build => ({
  number: row.number,
  name: row.name,
  state: row.state as Build["state"],
  error: row.error,
  trigger: row.trigger,
  code: row.code,
  models: JSON.parse(row.models) as Build["models"],
  tests: row.tests === null ? null : (JSON.parse(row.tests) as Build["tests"]),
  evidence: JSON.parse(row.evidence) as Build["evidence"],
  jobId: row.job_id,
  createdAt: row.created_at,
  endedAt: row.ended_at,
  createdBy: { id: row.created_by_id, name: row.created_by_name },
});
