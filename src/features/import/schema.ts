import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** Runs and logged models that came from elsewhere. */
    imported: ImportedTable;
  }
}

export interface ImportedTable {
  workspace: string;
  id: string;
  /** What the source looked like when the copy was found equal; empty while it is being copied. */
  fingerprint: string;
  /** What was there then, as JSON. */
  summary: string;
  updated_at: number;
}

export const importSchema: SchemaStep = {
  name: "0190-imported",
  async up(db) {
    await db.schema
      .createTable("imported")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("fingerprint", "text", (column) => column.notNull())
      .addColumn("summary", "text", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("imported_key", ["workspace", "id"])
      .execute();
  },
};
