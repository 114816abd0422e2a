import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    build: BuildTable;
    /** The last number given, per workspace and noun. */
    numbering: { workspace: string; noun: string; last: number };
  }
}

export interface BuildTable {
  workspace: string;
  number: number;
  name: string;
  state: string;
  error: string | null;
  trigger: string;
  code: string;
  /** JSON, as in the contract. */
  models: string;
  tests: string | null;
  evidence: string;
  /** JSON: display names of the script steps. */
  steps: string;
  job_id: string;
  idempotency_key: string | null;
  created_at: number;
  ended_at: number | null;
  created_by_id: string;
  created_by_name: string;
}

export const buildSchema: SchemaStep = {
  name: "0220-build",
  async up(db) {
    await db.schema
      .createTable("build")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("trigger", "text", (column) => column.notNull())
      .addColumn("code", "text", (column) => column.notNull())
      .addColumn("models", "text", (column) => column.notNull())
      .addColumn("tests", "text")
      .addColumn("evidence", "text", (column) => column.notNull())
      .addColumn("steps", "text", (column) => column.notNull())
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("idempotency_key", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addColumn("created_by_id", "text", (column) => column.notNull())
      .addColumn("created_by_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("build_key", ["workspace", "number"])
      .addUniqueConstraint("build_idempotency", ["workspace", "idempotency_key"])
      .execute();
    await db.schema
      .createTable("numbering")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("noun", "text", (column) => column.notNull())
      .addColumn("last", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("numbering_key", ["workspace", "noun"])
      .execute();
  },
};
