import { type Kysely, sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    experiment: ExperimentTable;
    /** The next free number of a workspace's experiments; numbers are never used again. */
    experiment_number: { workspace: string; next: number };
    experiment_tag: { workspace: string; experiment_id: number; key: string; value: string };
    run: RunTable;
    artifact: ArtifactTable;
  }
}

export type LifecycleStage = "active" | "deleted";
export type RunState = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

export interface ExperimentTable {
  workspace: string;
  /** Counted per workspace; 0 is its `Default`. */
  id: number;
  name: string;
  /** Where a client asked artifacts to be kept. A fact about the request: artifacts are kept as blobs. */
  artifact_location: string | null;
  lifecycle_stage: LifecycleStage;
  created_at: number;
  updated_at: number;
}

export interface RunTable {
  /** Counted by the database; facts carry it instead of the id, because it is short. */
  number: number;
  id: string;
  workspace: string;
  experiment_id: number;
  name: string;
  state: RunState;
  lifecycle_stage: LifecycleStage;
  user_name: string;
  /** Never changes. */
  started_at: number;
  ended_at: number | null;
  created_at: number;
  deleted_at: number | null;
  job_id: string | null;
  parent_run_id: string | null;
}

export type NewRun = Omit<RunTable, "number">;

export interface ArtifactTable {
  /** Id of a run, or of a logged model (`m-…`). */
  owner: string;
  path: string;
  digest: string;
  size: number;
}

export const runSchema: SchemaStep = {
  name: "0100-run",
  async up(db) {
    await createExperiments(db);
    await createRuns(db);
    for (const table of ["run_param", "run_tag"]) await createKeyValues(db, table);
    await createMetrics(db);
    await db.schema
      .createTable("artifact")
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("path", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("size", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("artifact_key", ["owner", "path"])
      .execute();
  },
};

async function createExperiments(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("experiment")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("id", "bigint", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("artifact_location", "text")
    .addColumn("lifecycle_stage", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("experiment_key", ["workspace", "id"])
    .addUniqueConstraint("experiment_name", ["workspace", "name"])
    .execute();
  await db.schema
    .createTable("experiment_number")
    .addColumn("workspace", "text", (column) => column.primaryKey())
    .addColumn("next", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("experiment_tag")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("experiment_id", "bigint", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("experiment_tag_key", ["workspace", "experiment_id", "key"])
    .execute();
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("run")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("experiment_id", "bigint", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("lifecycle_stage", "text", (column) => column.notNull())
    .addColumn("user_name", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("deleted_at", "bigint")
    .addColumn("job_id", "text")
    .addColumn("parent_run_id", "text")
    .addForeignKeyConstraint("run_experiment", ["workspace", "experiment_id"], "experiment", ["workspace", "id"])
    .execute();
  await db.schema
    .createIndex("run_by_experiment")
    .on("run")
    .columns(["workspace", "experiment_id", "started_at", "id"])
    .execute();
  await db.schema.createIndex("run_by_time").on("run").columns(["workspace", "created_at", "id"]).execute();
  await db.schema.createIndex("run_by_job").on("run").column("job_id").execute();
}

async function createKeyValues(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema
    .createTable(table)
    .addColumn("run_id", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ["run_id", "key"])
    .execute();
}

async function createMetrics(db: Kysely<unknown>): Promise<void> {
  for (const table of ["run_metric", "run_latest_metric"]) {
    const key = table === "run_metric" ? sql`run_id, key, step, timestamp, value, is_nan` : sql`run_id, key`;
    await sql`create table ${sql.ref(table)} (
      run_id text not null,
      key text not null,
      step bigint not null,
      timestamp bigint not null,
      value double precision not null,
      is_nan integer not null,
      primary key (${key})
    )`.execute(db);
  }
  await db.schema.createIndex("run_latest_metric_by_key").on("run_latest_metric").columns(["key", "value"]).execute();
}
