import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** What a workspace decided about its registry; without a row, the defaults hold. */
    model_policy: { workspace: string; definition: string; updated_at: number };
  }
}

export const modelPolicySchema: SchemaStep = {
  name: "0170-model-policy",
  async up(db) {
    await db.schema
      .createTable("model_policy")
      .addColumn("workspace", "text", (column) => column.primaryKey())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .execute();
  },
};
