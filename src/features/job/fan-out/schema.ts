import type { SchemaStep } from "../../../platform/db/migrate.ts";

declare module "../../../platform/db/tables.ts" {
  interface Tables {
    fan_out: FanOutTable;
    fan_out_items: FanOutItemsTable;
    job_child: JobChildTable;
  }
}

/** A step that runs as many jobs: a sweep or a loop, once it has begun. */
export interface FanOutTable {
  job_id: string;
  step: string;
  /** The run that the runs of its jobs are children of. */
  run_id: string;
  /** What its inputs stood for when it began, in JSON. */
  inputs: string;
  /** How many jobs there will be at most. */
  total: number;
  /** The metric that a sweep looks at. */
  metric: string | null;
  started_at: number;
  /** The next job has this number, or the first one after it that has none yet. */
  next_number: number;
  /** How many jobs were started or taken over. */
  started: number;
  /** And how many of those are in each state. */
  running: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  stopped: number;
  /** In so many of those that succeeded nothing had to run. */
  reused: number;
  /** What trials are drawn with; null: the id of the job. */
  seed: string | null;
  /** The job whose trials or items are taken over, as far as they ended well. */
  from_job_id: string | null;
  /** Number of the last of them that was looked at; null when all were. */
  taken_to: number | null;
}

/** Some items of a loop, so that to start the next ones the others need not be read. */
export interface FanOutItemsTable {
  job_id: string;
  step: string;
  /** Number of the first of them. */
  first: number;
  /** JSON list. */
  items: string;
}

export const childStates = ["running", "succeeded", "failed", "cancelled", "stopped"] as const;
export type ChildState = (typeof childStates)[number];

/** One trial of a sweep, one item of a loop. */
export interface JobChildTable {
  job_id: string;
  step: string;
  /** From 0, in the order in which they were started. */
  number: number;
  child_id: string;
  state: ChildState;
  /** What it runs with, in JSON: the values of a trial, the item of a loop. */
  given: string;
  /** Of a trial: where each value lies in its distribution. */
  point: string | null;
  metric: number | null;
  /** What it reported of the metric, oldest first, in JSON; kept when it has ended. */
  reports: string | null;
  outputs: string | null;
  run_id: string | null;
  /** How many of its steps ended well, and how many of those did not have to run. */
  steps: number | null;
  steps_reused: number | null;
  /** Why it was stopped, or what failed. */
  note: string | null;
  created_at: number;
  ended_at: number | null;
}

export const fanOutSchema: SchemaStep = {
  name: "0072-fan-out",
  async up(db) {
    await db.schema.alterTable("job").addColumn("parent_job_id", "text").execute();
    await db.schema.alterTable("job").addColumn("parent_step", "text").execute();
    await db.schema.alterTable("job").addColumn("parent_run_id", "text").execute();
    await db.schema.alterTable("job").addColumn("run_tags", "text").execute();
    await db.schema.createIndex("job_by_parent").on("job").columns(["workspace", "parent_job_id", "id"]).execute();
    await db.schema
      .createTable("fan_out")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("run_id", "text", (column) => column.notNull())
      .addColumn("inputs", "text", (column) => column.notNull())
      .addColumn("items", "text")
      .addColumn("total", "integer", (column) => column.notNull())
      .addColumn("metric", "text")
      .addColumn("started_at", "bigint", (column) => column.notNull())
      .addColumn("touched", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("fan_out_key", ["job_id", "step"])
      .execute();
    await db.schema
      .createTable("job_child")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("child_id", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("given", "text", (column) => column.notNull())
      .addColumn("point", "text")
      .addColumn("metric", "double precision")
      .addColumn("reports", "text")
      .addColumn("outputs", "text")
      .addColumn("run_id", "text")
      .addColumn("note", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addPrimaryKeyConstraint("job_child_key", ["job_id", "step", "number"])
      .execute();
    await db.schema.createIndex("job_child_by_child").on("job_child").columns(["child_id"]).execute();
    await db.schema.createIndex("job_child_by_state").on("job_child").columns(["job_id", "step", "state"]).execute();
  },
};
