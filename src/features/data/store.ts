import type { Updateable } from "kysely";
import type { DataVersion } from "../../contract/data.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { DataAssetTable, DataVersionTable } from "./schema.ts";

export const versionOf = (row: DataVersionTable): DataVersion => ({
  name: row.name,
  version: row.version,
  type: row.type as DataVersion["type"],
  description: row.description,
  state: row.state,
  digest: row.digest,
  size: row.size,
  profile: row.profile === null ? null : JSON.parse(row.profile),
  findings: JSON.parse(row.findings),
  jobId: row.job_id,
  source: row.source,
  createdAt: row.created_at,
  createdBy: { id: row.actor_id, name: row.actor_name },
});

/** Creates the asset if need be, and takes its row: versions of one asset are added one after the other. */
export async function takeAsset(db: Db, workspace: string, name: string, now: number): Promise<DataAssetTable> {
  await db
    .insertInto("data_asset")
    .values({ workspace, name, expectations: null, next_version: 1, last_seq: 0, created_at: now })
    .onConflict((conflict) => conflict.columns(["workspace", "name"]).doNothing())
    .execute();
  return db
    .updateTable("data_asset")
    .set((eb) => ({ last_seq: eb("last_seq", "+", 1) }))
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export const updateAsset = (db: Db, workspace: string, name: string, change: Updateable<DataAssetTable>) =>
  db.updateTable("data_asset").set(change).where("workspace", "=", workspace).where("name", "=", name).execute();

export const findAsset = (db: Db, workspace: string, name: string) =>
  db
    .selectFrom("data_asset")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .executeTakeFirst();

export const listAssets = (db: Db, workspace: string) =>
  db.selectFrom("data_asset").selectAll().where("workspace", "=", workspace).orderBy("name").execute();

export const insertVersion = (db: Db, row: DataVersionTable) => db.insertInto("data_version").values(row).execute();

const versions = (db: Db, workspace: string, name: string) =>
  db.selectFrom("data_version").selectAll().where("workspace", "=", workspace).where("name", "=", name);

export const findVersion = (db: Db, workspace: string, name: string, version: string) =>
  versions(db, workspace, name).where("version", "=", version).executeTakeFirst();

/** The newest version whose digest begins so. */
export const findByDigest = (db: Db, workspace: string, digest: string) =>
  db
    .selectFrom("data_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("digest", ">=", digest)
    .where("digest", "<=", digest.padEnd(64, "f"))
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();

/** Newest first. */
export const listVersions = (db: Db, workspace: string, name: string) =>
  versions(db, workspace, name).orderBy("seq", "desc").execute();

export const findNewest = (db: Db, workspace: string, name: string, state?: DataVersionTable["state"]) => {
  const query = versions(db, workspace, name).orderBy("seq", "desc").limit(1);
  return (state ? query.where("state", "=", state) : query).executeTakeFirst();
};

export const findSameContent = (db: Db, workspace: string, name: string, content: { digest: string; type: string }) =>
  versions(db, workspace, name)
    .where("digest", "=", content.digest)
    .where("type", "=", content.type)
    .where("state", "!=", "refused")
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();

/** An earlier version that may still change what this one must satisfy. */
export const findUndecidedBefore = (db: Db, row: DataVersionTable) =>
  versions(db, row.workspace, row.name)
    .where("seq", "<", row.seq)
    .where("state", "=", "checking")
    .where("expectations", "is not", null)
    .limit(1)
    .executeTakeFirst();

/** Ends the check of a version; false when it has ended before. */
export async function decideVersion(
  db: Db,
  row: Pick<DataVersionTable, "workspace" | "name" | "version">,
  change: Updateable<DataVersionTable>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("data_version")
    .set(change)
    .where("workspace", "=", row.workspace)
    .where("name", "=", row.name)
    .where("version", "=", row.version)
    .where("state", "=", "checking")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** How many versions each asset has. */
export async function countVersions(db: Db, workspace: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("data_version")
    .select((eb) => ["name", eb.fn.countAll<number | string>().as("versions")])
    .where("workspace", "=", workspace)
    .groupBy("name")
    .execute();
  return new Map(rows.map((row) => [row.name, Number(row.versions)]));
}

/** The newest ready version of each asset. */
export async function listNewestReady(db: Db, workspace: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom("data_version")
    .select(["name", "version"])
    .where("workspace", "=", workspace)
    .where("state", "=", "ready")
    .orderBy("seq")
    .execute();
  return new Map(rows.map((row) => [row.name, row.version]));
}
