import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    job: JobTable;
    job_step: JobStepTable;
    step_result: StepResultTable;
    step_flight: { workspace: string; key: string; execution_id: string; task: string };
    step_log: StepLogTable;
  }
}

export interface JobTable {
  id: string;
  workspace: string;
  name: string;
  display_name: string;
  type: "command" | "pipeline";
  experiment: string;
  state: string;
  error: string | null;
  trigger: string;
  run_id: string | null;
  execution_id: string;
  definition: string;
  registered: string;
  idempotency_key: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  created_by_id: string;
  created_by_name: string;
  /** Who published the pipeline's version that it is. */
  written_by_id: string | null;
  /** The job that it goes on with or runs again, and from which step on. */
  origin_job_id: string | null;
  relation: string | null;
  origin_step: string | null;
  /** JSON list of the steps whose results it takes over from there. */
  recovers: string | null;
  archived_at: number | null;
  deleted_at: number | null;
  /** 1 once some of what is its own may be gone: it cannot be restored any more. */
  purging: number;
  /** Of a trial or an item: the job and the step that started it. */
  parent_job_id: string | null;
  parent_step: string | null;
  /** The run that its runs are children of. */
  parent_run_id: string | null;
  /** JSON: what its runs are tagged with because of its code, or of what started it. */
  run_tags: string | null;
  /** JSON: those that somebody gave it; its runs have them too. */
  tags: string | null;
  description: string;
}

/** What a job knows of a step beyond the engine's task. */
export interface JobStepTable {
  job_id: string;
  name: string;
  /** The job's, to find earlier steps of the same name. */
  workspace: string | null;
  experiment: string | null;
  run_id: string | null;
  key: string | null;
  /** What the key was made of, in canonical JSON: it explains a miss. */
  preimage: string | null;
  reuse: string | null;
  /** JSON: the attempts before the newest one. */
  earlier_attempts: string | null;
}

/** The recorded outputs of a key: what a later step with the same key may reuse. */
export interface StepResultTable {
  workspace: string;
  key: string;
  job_id: string;
  step: string;
  run_id: string | null;
  outputs: string;
  created_at: number;
}

export interface StepLogTable {
  execution_id: string;
  task: string;
  /** Number of the first line of the chunk. */
  first: number;
  count: number;
  /** JSON array of lines. */
  lines: string;
}

export const jobSchema: SchemaStep = {
  name: "0070-job",
  async up(db) {
    await db.schema
      .createTable("job")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("display_name", "text", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("experiment", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("trigger", "text", (column) => column.notNull())
      .addColumn("run_id", "text")
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("registered", "text", (column) => column.notNull())
      .addColumn("idempotency_key", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("started_at", "bigint")
      .addColumn("ended_at", "bigint")
      .addColumn("created_by_id", "text", (column) => column.notNull())
      .addColumn("created_by_name", "text", (column) => column.notNull())
      .addUniqueConstraint("job_idempotency", ["workspace", "idempotency_key"])
      .execute();
    await db.schema.createIndex("job_by_workspace").on("job").columns(["workspace", "id"]).execute();
    await db.schema
      .createTable("job_step")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("run_id", "text")
      .addColumn("key", "text")
      .addColumn("preimage", "text")
      .addColumn("reuse", "text")
      .addPrimaryKeyConstraint("job_step_key", ["job_id", "name"])
      .execute();
    await db.schema.createIndex("job_step_by_key").on("job_step").columns(["key"]).execute();
    await db.schema
      .createTable("step_result")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("run_id", "text")
      .addColumn("outputs", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("step_result_key", ["workspace", "key"])
      .execute();
    await db.schema
      .createTable("step_flight")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("task", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("step_flight_key", ["workspace", "key"])
      .execute();
    await db.schema
      .createTable("step_log")
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("task", "text", (column) => column.notNull())
      .addColumn("first", "integer", (column) => column.notNull())
      .addColumn("count", "integer", (column) => column.notNull())
      .addColumn("lines", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("step_log_key", ["execution_id", "task", "first"])
      .execute();
  },
};

export const writtenBySchema: SchemaStep = {
  name: "0807-job-written-by",
  async up(db) {
    await db.schema.alterTable("job").addColumn("written_by_id", "text").execute();
  },
};
