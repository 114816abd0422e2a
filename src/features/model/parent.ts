import type { Ctx } from "../../platform/context.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { VersionKey } from "./facts-store.ts";

export interface VersionName {
  name: string;
  version: string;
}

/** Notes which versions a new one was made from: copied, converted, or trained on from. */
export async function insertParents(db: Db, key: VersionKey, parents: VersionName[]): Promise<void> {
  const rows = parents
    .filter((parent) => parent.name !== key.name || Number(parent.version) !== key.version)
    .map((parent) => ({ ...key, parent_name: parent.name, parent_version: Number(parent.version) }));
  if (rows.length === 0) return;
  await db
    .insertInto("model_version_parent")
    .values(rows)
    .onConflict((known) => known.doNothing())
    .execute();
}

/** Versions that a version was made from. */
export async function parentsOf(ctx: Ctx, workspace: string, { name, version }: VersionName): Promise<VersionName[]> {
  const rows = await ctx.db
    .selectFrom("model_version_parent")
    .select(["parent_name", "parent_version"])
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("version", "=", Number(version))
    .orderBy("parent_name")
    .orderBy("parent_version")
    .execute();
  return rows.map((row) => ({ name: row.parent_name, version: String(row.parent_version) }));
}

/** Versions that were made from a version. */
export async function childrenOf(ctx: Ctx, workspace: string, { name, version }: VersionName): Promise<VersionName[]> {
  const rows = await ctx.db
    .selectFrom("model_version_parent")
    .select(["name", "version"])
    .where("workspace", "=", workspace)
    .where("parent_name", "=", name)
    .where("parent_version", "=", Number(version))
    .orderBy("name")
    .orderBy("version")
    .execute();
  return rows.map((row) => ({ name: row.name, version: String(row.version) }));
}

/** Children of a model that is renamed stay its children. */
export const renameParent = (db: Db, workspace: string, name: string, newName: string) =>
  db
    .updateTable("model_version_parent")
    .set({ parent_name: newName })
    .where("workspace", "=", workspace)
    .where("parent_name", "=", name)
    .execute();

/** Versions that were registered from logged models (`m-…`). */
export async function versionsOfLoggedModels(ctx: Ctx, workspace: string, ids: string[]): Promise<VersionName[]> {
  if (ids.length === 0) return [];
  const rows = await ctx.db
    .selectFrom("model_version")
    .select(["name", "version"])
    .where("workspace", "=", workspace)
    .where("logged_model_id", "in", ids.slice(0, 100))
    .orderBy("name")
    .orderBy("version")
    .execute();
  return rows.map((row) => ({ name: row.name, version: String(row.version) }));
}
