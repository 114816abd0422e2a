import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    deleted_model_version: DeletedVersionTable;
  }
}

/** A version that was deleted and can be restored until it is purged. */
export interface DeletedVersionTable {
  id: string;
  workspace: string;
  name: string;
  version: number;
  digest: string | null;
  /** Its rows, as JSON by table. */
  content: string;
  deleted_at: number;
  actor_id: string;
  actor_name: string;
}

export const deletedModelVersionSchema: SchemaStep = {
  name: "0174-deleted-model-version",
  async up(db) {
    await db.schema
      .createTable("deleted_model_version")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("digest", "text")
      .addColumn("content", "text", (column) => column.notNull())
      .addColumn("deleted_at", "bigint", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("deleted_model_version_by_name")
      .on("deleted_model_version")
      .columns(["workspace", "name", "version"])
      .execute();
  },
};
