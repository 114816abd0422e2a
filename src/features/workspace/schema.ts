import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    workspace: { name: string; description: string; created_at: number };
  }
}

export const workspaceSchema: SchemaStep = {
  name: "0030-workspace",
  async up(db) {
    await db.schema
      .createTable("workspace")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .execute();
  },
};
