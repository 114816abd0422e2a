import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    secret: SecretTable;
  }
}

export interface SecretTable {
  workspace: string;
  name: string;
  version: number;
  /** Null: deleted. The row stays, so that no version means two values. */
  sealed: string | null;
  description: string;
  set_at: number;
  set_by_id: string;
  set_by_name: string;
}

export const secretSchemaStep: SchemaStep = {
  name: "0730-secret",
  async up(db) {
    await db.schema
      .createTable("secret")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("sealed", "text")
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("set_at", "bigint", (column) => column.notNull())
      .addColumn("set_by_id", "text", (column) => column.notNull())
      .addColumn("set_by_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("secret_key", ["workspace", "name"])
      .execute();
  },
};
