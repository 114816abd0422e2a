import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** For how long a workspace keeps its history; without a row, for ever. */
    retention: { workspace: string; definition: string; updated_at: number };
  }
}

export const retentionPolicySchema: SchemaStep = {
  name: "0794-retention",
  async up(db) {
    await db.schema
      .createTable("retention")
      .addColumn("workspace", "text", (column) => column.primaryKey())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .execute();
  },
};
