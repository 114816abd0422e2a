import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    view: ViewTable;
  }
}

export interface ViewTable {
  id: string;
  workspace: string;
  page: string;
  name: string;
  /** JSON. */
  query: string;
  owner_id: string;
  owner_name: string;
  created_at: number;
  updated_at: number;
}

export const viewSchema: SchemaStep = {
  name: "0180-view",
  async up(db) {
    await db.schema
      .createTable("view")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("page", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("query", "text", (column) => column.notNull())
      .addColumn("owner_id", "text", (column) => column.notNull())
      .addColumn("owner_name", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addUniqueConstraint("view_name", ["workspace", "page", "name"])
      .execute();
  },
};
