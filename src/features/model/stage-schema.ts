import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    model_stage_change: StageChangeTable;
  }
}

export interface StageChangeTable {
  id: string;
  workspace: string;
  name: string;
  version: number;
  from_stage: string;
  to_stage: string;
  at: number;
  actor_id: string;
  actor_name: string;
  reason: string;
}

export const modelStageSchema: SchemaStep = {
  name: "0175-model-stage-change",
  async up(db) {
    await db.schema
      .createTable("model_stage_change")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("from_stage", "text", (column) => column.notNull())
      .addColumn("to_stage", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .addColumn("reason", "text", (column) => column.notNull())
      .addForeignKeyConstraint(
        "model_stage_change_model",
        ["workspace", "name"],
        "model",
        ["workspace", "name"],
        (constraint) => constraint.onDelete("cascade").onUpdate("cascade"),
      )
      .execute();
    await db.schema
      .createIndex("model_stage_change_by_model")
      .on("model_stage_change")
      .columns(["workspace", "name", "id"])
      .execute();
  },
};
