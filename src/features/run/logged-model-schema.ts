import type { SchemaStep } from "../../platform/db/migrate.ts";
import type { LifecycleStage } from "./schema.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    logged_model: LoggedModelTable;
    logged_model_param: { model_id: string; key: string; value: string };
    logged_model_tag: { model_id: string; key: string; value: string };
    logged_model_metric: LoggedModelMetricTable;
    /** Models that a run used (`input`) or made (`output`). */
    run_model: { run_id: string; model_id: string; role: "input" | "output"; step: number };
  }
}

export type LoggedModelStatus = "PENDING" | "READY" | "UPLOAD_FAILED" | "UNSPECIFIED";

export interface LoggedModelTable {
  /** `m-` and 32 hexadecimal digits. */
  id: string;
  workspace: string;
  experiment_id: number;
  name: string;
  model_type: string;
  source_run_id: string | null;
  status: LoggedModelStatus;
  lifecycle_stage: LifecycleStage;
  created_at: number;
  updated_at: number;
}

export interface LoggedModelMetricTable {
  model_id: string;
  run_id: string;
  key: string;
  timestamp: number;
  step: number;
  value: number;
  is_nan: number;
  /** Empty when the metric belongs to no data set. */
  dataset_name: string;
  dataset_digest: string;
}

export const loggedModelSchema: SchemaStep = {
  name: "0102-logged-model",
  async up(db) {
    await db.schema
      .createTable("logged_model")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("experiment_id", "bigint", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("model_type", "text", (column) => column.notNull())
      .addColumn("source_run_id", "text")
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("lifecycle_stage", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("logged_model_by_experiment")
      .on("logged_model")
      .columns(["workspace", "experiment_id", "created_at"])
      .execute();
    for (const table of ["logged_model_param", "logged_model_tag"]) {
      await db.schema
        .createTable(table)
        .addColumn("model_id", "text", (column) => column.notNull())
        .addColumn("key", "text", (column) => column.notNull())
        .addColumn("value", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ["model_id", "key"])
        .execute();
    }
    await db.schema
      .createTable("logged_model_metric")
      .addColumn("model_id", "text", (column) => column.notNull())
      .addColumn("run_id", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("timestamp", "bigint", (column) => column.notNull())
      .addColumn("step", "bigint", (column) => column.notNull())
      .addColumn("value", "double precision", (column) => column.notNull())
      .addColumn("is_nan", "integer", (column) => column.notNull())
      .addColumn("dataset_name", "text", (column) => column.notNull())
      .addColumn("dataset_digest", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("logged_model_metric_key", ["model_id", "run_id", "key", "timestamp", "step"])
      .execute();
    await db.schema
      .createTable("run_model")
      .addColumn("run_id", "text", (column) => column.notNull())
      .addColumn("model_id", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("step", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("run_model_key", ["run_id", "role", "model_id"])
      .execute();
  },
};
