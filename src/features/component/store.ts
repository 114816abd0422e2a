import type { ComponentVersion } from "../../contract/component.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { ComponentVersionTable } from "./schema.ts";

export const versionOf = (row: ComponentVersionTable): ComponentVersion => ({
  name: row.name,
  version: row.version,
  type: row.type as ComponentVersion["type"],
  displayName: row.display_name,
  description: row.description,
  tree: row.tree,
  file: row.file,
  createdAt: row.created_at,
  createdBy: { id: row.actor_id, name: row.actor_name },
});

/** Newest first. */
export const listVersions = (db: Db, workspace: string, name: string) =>
  db
    .selectFrom("component_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .orderBy("seq", "desc")
    .execute();

/** Each component in its newest version, by name. */
export const listNewest = (db: Db, workspace: string) =>
  db
    .selectFrom("component_version as one")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("seq", "=", (eb) =>
      eb
        .selectFrom("component_version as other")
        .select((inner) => inner.fn.max("other.seq").as("newest"))
        .whereRef("other.workspace", "=", "one.workspace")
        .whereRef("other.name", "=", "one.name"),
    )
    .orderBy("name")
    .execute();

export function findVersion(db: Db, workspace: string, name: string, version?: string) {
  const query = db
    .selectFrom("component_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .orderBy("seq", "desc");
  return (version === undefined ? query : query.where("version", "=", version)).executeTakeFirst();
}

export const insertVersion = (db: Db, row: ComponentVersionTable) =>
  db.insertInto("component_version").values(row).execute();
