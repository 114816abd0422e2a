import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    datastore: DatastoreTable;
  }
}

export interface DatastoreTable {
  workspace: string;
  name: string;
  type: string;
  description: string;
  /** JSON: text by name. */
  settings: string;
  created_at: number;
  created_by_id: string;
  created_by_name: string;
}

export const datastoreSchemaStep: SchemaStep = {
  name: "0650-datastore",
  async up(db) {
    await db.schema
      .createTable("datastore")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("settings", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("created_by_id", "text", (column) => column.notNull())
      .addColumn("created_by_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("datastore_key", ["workspace", "name"])
      .execute();
  },
};
