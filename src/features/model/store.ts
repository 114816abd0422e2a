import { sql } from "kysely";
import type { Db } from "../../platform/db/tables.ts";
import { compare } from "../search/index.ts";
import type { AliasChangeTable, ModelTable, ModelVersionTable } from "./schema.ts";

/** False when there is one already. */
export async function insertModel(db: Db, row: ModelTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("model")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export const findModel = (db: Db, workspace: string, name: string) =>
  db.selectFrom("model").selectAll().where("workspace", "=", workspace).where("name", "=", name).executeTakeFirst();

export const updateModel = (db: Db, workspace: string, name: string, changes: Partial<ModelTable>) =>
  db.updateTable("model").set(changes).where("workspace", "=", workspace).where("name", "=", name).execute();

export const deleteModel = (db: Db, workspace: string, name: string) =>
  db.deleteFrom("model").where("workspace", "=", workspace).where("name", "=", name).execute();

/** Models by name, after a name. */
export function listModelRows(db: Db, workspace: string, page: { contains?: string; after?: string; limit: number }) {
  let query = db.selectFrom("model").selectAll().where("workspace", "=", workspace);
  if (page.after !== undefined) query = query.where("name", ">", page.after);
  if (page.contains) query = query.where(compare(sql.ref("name"), "ILIKE", `%${page.contains}%`));
  return query.orderBy("name").limit(page.limit).execute();
}

export async function listModelNames(db: Db, workspace: string): Promise<string[]> {
  const rows = await db.selectFrom("model").select("name").where("workspace", "=", workspace).orderBy("name").execute();
  return rows.map((row) => row.name);
}

/** Takes the next version number and with it the model's row until the commit, so that numbers have no twins. */
export async function takeVersion(db: Db, workspace: string, name: string, now: number): Promise<number> {
  const row = await db
    .updateTable("model")
    .set({ last_version: sql<number>`last_version + 1`, updated_at: now })
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .returning("last_version")
    .executeTakeFirstOrThrow();
  return row.last_version;
}

/** Keeps the number of a version that was given elsewhere: those given here come after it. */
export async function keepVersion(db: Db, workspace: string, name: string, version: number): Promise<number> {
  await db
    .updateTable("model")
    .set({ last_version: sql<number>`case when last_version < ${version} then ${version} else last_version end` })
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .execute();
  return version;
}

/** A restored version's number is not given again. */
export const raiseLastVersion = (db: Db, workspace: string, name: string, version: number) =>
  db
    .updateTable("model")
    .set({ last_version: version })
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("last_version", "<", version)
    .execute();

/** Makes others that change the model wait for the commit. */
export const lockModel = (db: Db, workspace: string, name: string) =>
  db
    .updateTable("model")
    .set({ last_version: sql<number>`last_version` })
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .execute();

export const insertVersion = (db: Db, row: ModelVersionTable) => db.insertInto("model_version").values(row).execute();

export const findVersion = (db: Db, workspace: string, name: string, version: number) =>
  db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("version", "=", version)
    .executeTakeFirst();

export const findVersionByDigest = (db: Db, workspace: string, name: string, digest: string) =>
  db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("digest", "=", digest)
    .orderBy("version")
    .executeTakeFirst();

/** Newest first; with a name, only of that model. The digest may be the beginning of one. */
export const listVersionsByDigest = (db: Db, workspace: string, digest: string, name?: string) =>
  db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("digest", ">=", digest)
    .where("digest", "<=", digest.padEnd(64, "f"))
    .$if(name !== undefined, (query) => query.where("name", "=", name!))
    .orderBy("name")
    .orderBy("version", "desc")
    .limit(100)
    .execute();

/** The versions that are in a stage of some kind. */
export const listStaged = (db: Db, workspace: string, name: string) =>
  db
    .selectFrom("model_version")
    .select(["version", "stage"])
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("stage", "!=", "None")
    .execute();

export const findNewestInStage = (db: Db, workspace: string, name: string, stage: string) =>
  db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where((eb) => eb(eb.fn<string>("lower", ["stage"]), "=", stage.toLowerCase()))
    .orderBy("version", "desc")
    .executeTakeFirst();

export const findNewestVersion = (db: Db, workspace: string, name: string) =>
  db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();

export const updateVersion = (
  db: Db,
  key: { workspace: string; name: string; version: number },
  changes: Partial<ModelVersionTable>,
) =>
  db
    .updateTable("model_version")
    .set(changes)
    .where("workspace", "=", key.workspace)
    .where("name", "=", key.name)
    .where("version", "=", key.version)
    .execute();

/** The versions of some names and numbers, by name and number. */
export async function listNamedVersions(db: Db, workspace: string, wanted: { name: string; version: number }[]) {
  if (wanted.length === 0) return [];
  const pairs = wanted.map(({ name, version }) => sql`(${name}, cast(${version} as bigint))`);
  return db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where(sql<boolean>`(name, version) in (values ${sql.join(pairs)})`)
    .orderBy("name")
    .orderBy("version")
    .execute();
}

/** Newest first. */
export const listVersionRows = (db: Db, workspace: string, name: string) =>
  db
    .selectFrom("model_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .orderBy("version", "desc")
    .execute();

/** How many versions some models have, and which is the newest. */
export const countVersions = async (db: Db, workspace: string, names: string[]) =>
  db
    .selectFrom("model_version")
    .where("workspace", "=", workspace)
    .where("name", "in", names.length > 0 ? names : [""])
    .groupBy("name")
    .select((eb) => ["name", eb.fn.countAll<number>().as("versions"), eb.fn.max("version").as("latest")])
    .execute();

export async function deleteVersion(db: Db, workspace: string, name: string, version: number): Promise<void> {
  for (const table of [
    "model_version_tag",
    "model_version_metric",
    "model_version_data",
    "model_version_parent",
    "model_alias",
    "model_version",
  ] as const) {
    await db
      .deleteFrom(table)
      .where("workspace", "=", workspace)
      .where("name", "=", name)
      .where("version", "=", version)
      .execute();
  }
}

/** Aliases of some models. */
export const listAliases = (db: Db, workspace: string, names: string[]) =>
  db
    .selectFrom("model_alias")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "in", names)
    .orderBy("alias")
    .execute();

export const findAlias = (db: Db, workspace: string, name: string, alias: string) =>
  db
    .selectFrom("model_alias")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("alias", "=", alias)
    .executeTakeFirst();

export const upsertAlias = (db: Db, row: { workspace: string; name: string; alias: string; version: number }) =>
  db
    .insertInto("model_alias")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "name", "alias"]).doUpdateSet({ version: row.version }))
    .execute();

export const deleteAlias = (db: Db, workspace: string, name: string, alias: string) =>
  db
    .deleteFrom("model_alias")
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("alias", "=", alias)
    .execute();

export const insertAliasChange = (db: Db, row: AliasChangeTable) =>
  db.insertInto("model_alias_change").values(row).execute();

/** Newest first. */
export const listAliasChanges = (
  db: Db,
  wanted: { workspace: string; name: string; alias?: string; limit: number },
): Promise<AliasChangeTable[]> =>
  db
    .selectFrom("model_alias_change")
    .selectAll()
    .where("workspace", "=", wanted.workspace)
    .where("name", "=", wanted.name)
    .$if(wanted.alias !== undefined, (query) => query.where("alias", "=", wanted.alias!))
    .orderBy("at", "desc")
    .orderBy("alias")
    .limit(wanted.limit)
    .execute();
