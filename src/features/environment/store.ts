import type { Updateable } from "kysely";
import type { Db } from "../../platform/db/tables.ts";
import type { EnvironmentVersionTable } from "./schema.ts";

const versions = (db: Db, workspace: string) =>
  db.selectFrom("environment_version").selectAll().where("workspace", "=", workspace);

/** Every version of every name, the newest of each first. */
export const listAll = (db: Db, workspace: string, archived: "include" | "only" | undefined) => {
  const all = versions(db, workspace).orderBy("name").orderBy("seq", "desc");
  if (archived === "include") return all.execute();
  return all.where("archived_at", archived === "only" ? "is not" : "is", null).execute();
};

/** Newest first. */
export const listVersions = (db: Db, workspace: string, name: string) =>
  versions(db, workspace).where("name", "=", name).orderBy("seq", "desc").execute();

export const insertVersion = (db: Db, row: EnvironmentVersionTable) =>
  db.insertInto("environment_version").values(row).execute();

export const updateVersion = (
  db: Db,
  { workspace, name, version }: Pick<EnvironmentVersionTable, "workspace" | "name" | "version">,
  change: Updateable<EnvironmentVersionTable>,
) =>
  db
    .updateTable("environment_version")
    .set(change)
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("version", "=", version)
    .execute();

export const listLocks = (db: Db, workspace: string, specifications: string[]) =>
  db
    .selectFrom("environment_lock")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("specification", "in", specifications)
    .orderBy("created_at")
    .execute();
