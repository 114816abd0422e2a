import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    agent: { id: string; last_seen_at: number };
  }
}

export const agentSchema: SchemaStep = {
  name: "0080-agent",
  async up(db) {
    await db.schema
      .createTable("agent")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("last_seen_at", "bigint", (column) => column.notNull())
      .execute();
  },
};
