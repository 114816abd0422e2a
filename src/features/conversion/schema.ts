import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    model_conversion: ConversionTable;
  }
}

export interface ConversionTable {
  id: string;
  workspace: string;
  name: string;
  version: number;
  target: "onnx";
  state: "running" | "passed" | "failed" | "cancelled";
  error: string | null;
  job_id: string;
  /** Tree of the result. */
  digest: string | null;
  /** JSON, as in the contract. */
  report: string | null;
  created_at: number;
  ended_at: number | null;
  actor_id: string;
  actor_name: string;
}

export const conversionSchema: SchemaStep = {
  name: "0125-conversion",
  async up(db) {
    await db.schema
      .createTable("model_conversion")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("target", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("digest", "text")
      .addColumn("report", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      // It follows its model when that is renamed, and goes with it.
      .addForeignKeyConstraint(
        "model_conversion_model",
        ["workspace", "name"],
        "model",
        ["workspace", "name"],
        (constraint) => constraint.onDelete("cascade").onUpdate("cascade"),
      )
      .execute();
    await db.schema
      .createIndex("model_conversion_by_version")
      .on("model_conversion")
      .columns(["workspace", "name", "version"])
      .execute();
  },
};
