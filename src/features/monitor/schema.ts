import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    monitor: MonitorTable;
    monitor_run: MonitorRunTable;
  }
}

export interface MonitorTable {
  workspace: string;
  name: string;
  /** JSON. */
  definition: string;
  /** sha256 of the definition. */
  digest: string;
  /** Null: only when asked. */
  next_run_at: number | null;
  /** Number of the newest run. */
  last_number: number;
  created_at: number;
}

export interface MonitorRunTable {
  workspace: string;
  monitor: string;
  number: number;
  state: "running" | "succeeded" | "failed";
  verdict: "pass" | "fail" | "inconclusive" | null;
  started_at: number;
  ended_at: number | null;
  reference_rows: number;
  production_rows: number;
  /** JSON. */
  features: string;
  message: string;
  retraining_job_id: string | null;
  /** `run/<key>` of a caller, `schedule/<time>` of a slot. */
  idempotency_key: string | null;
}

export const monitorSchema: SchemaStep = {
  name: "0210-monitor",
  async up(db) {
    await db.schema
      .createTable("monitor")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("next_run_at", "bigint")
      .addColumn("last_number", "integer", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("monitor_key", ["workspace", "name"])
      .execute();
    await db.schema.createIndex("monitor_next_run").on("monitor").column("next_run_at").execute();
    await db.schema
      .createTable("monitor_run")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("monitor", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("verdict", "text")
      .addColumn("started_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addColumn("reference_rows", "bigint", (column) => column.notNull())
      .addColumn("production_rows", "bigint", (column) => column.notNull())
      .addColumn("features", "text", (column) => column.notNull())
      .addColumn("message", "text", (column) => column.notNull())
      .addColumn("retraining_job_id", "text")
      .addColumn("idempotency_key", "text")
      .addPrimaryKeyConstraint("monitor_run_key", ["workspace", "monitor", "number"])
      .addUniqueConstraint("monitor_run_idempotency", ["workspace", "monitor", "idempotency_key"])
      .execute();
  },
};
