import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    component_version: ComponentVersionTable;
  }
}

export interface ComponentVersionTable {
  workspace: string;
  name: string;
  version: string;
  /** Counts the versions of a component. */
  seq: number;
  type: string;
  display_name: string;
  description: string;
  tree: string;
  file: string;
  created_at: number;
  actor_id: string;
  actor_name: string;
}

export const componentSchema: SchemaStep = {
  name: "0500-component",
  async up(db) {
    await db.schema
      .createTable("component_version")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("display_name", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("tree", "text", (column) => column.notNull())
      .addColumn("file", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("component_version_key", ["workspace", "name", "version"])
      .addUniqueConstraint("component_version_seq", ["workspace", "name", "seq"])
      .execute();
  },
};
