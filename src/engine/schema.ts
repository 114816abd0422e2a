import type { SchemaStep } from "../platform/db/migrate.ts";

declare module "../platform/db/tables.ts" {
  interface Tables {
    execution: ExecutionTable;
    execution_event: ExecutionEventTable;
    task: TaskTable;
    task_need: { execution_id: string; need: string; name: string };
  }
}

export interface ExecutionTable {
  id: string;
  workspace: string;
  kind: string;
  subject: string;
  state: string;
  error: string | null;
  continue_on_failure: number;
  cancel_reason: string | null;
  /** In its workspace, an execution with a higher one goes first. */
  priority: number;
  /** 1 while something changed that planning has not looked at. */
  needs_plan: number;
  /** When to plan although nothing changed: after a fault. */
  plan_at: number | null;
  /** How often planning failed since it last went well. */
  plan_faults: number;
  /** So many of its tasks may be queued or running at once; null: any number. */
  max_parallel: number | null;
  /** 0 while tasks may be added; it does not end before it is 1. */
  sealed: number;
  deadline_at: number | null;
  timed_out: number;
  /** The waiting task that its end settles. */
  parent_execution: string | null;
  parent_task: string | null;
  /** The execution that it is part of, in the end; its own id when there is none. Those of one root share its turns. */
  root: string;
  /** Number of its newest event. */
  seq: number;
  created_at: number;
  ended_at: number | null;
  /** When what its tasks printed was removed, and what happened to them. */
  log_removed_at: number | null;
  events_removed_at: number | null;
}

/** What happened, append-only. `task` rows are the projection of it. */
export interface ExecutionEventTable {
  execution_id: string;
  seq: number;
  at: number;
  type: string;
  task: string | null;
  data: string;
}

export interface TaskTable {
  execution_id: string;
  name: string;
  position: number;
  kind: string;
  needs: string;
  state: string;
  attempt: number;
  /** Attempts that ended by a fault of the machine. */
  system_faults: number;
  max_attempts: number;
  /** JSON: how long to wait before each further attempt. */
  retry: string | null;
  queue_timeout_seconds: number | null;
  /** Of all attempts together. */
  deadline_seconds: number | null;
  /** When they are over; null before it is first queued. */
  deadline_at: number | null;
  /** Of those that it needs, how many are not known to be done. */
  unmet: number;
  /** 1 once those that need it know that it has ended. */
  told: number;
  /** How often preparing it failed by a fault of ours. */
  prepare_faults: number;
  timeout_seconds: number;
  input: string;
  payload: string | null;
  result: string | null;
  error: string | null;
  epoch: number;
  holder: string | null;
  /** Of a queued task: when it has waited too long for somebody to take it. */
  lease_expires_at: number | null;
  /** Not to be claimed before; for a waiting task: the end of its wait. */
  available_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** The execution's: claims look at it for every task. */
  workspace: string;
  /** Name of the compute that it runs on. */
  compute: string;
  cpus: number;
  memory_mb: number;
  gpus: number;
}

export const engineSchema: SchemaStep = {
  name: "0050-engine",
  async up(db) {
    await db.schema
      .createTable("execution")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("error", "text")
      .addColumn("continue_on_failure", "integer", (column) => column.notNull())
      .addColumn("cancel_reason", "text")
      .addColumn("needs_plan", "integer", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .execute();
    await db.schema.createIndex("execution_to_plan").on("execution").columns(["needs_plan", "id"]).execute();
    await db.schema
      .createIndex("execution_by_subject")
      .on("execution")
      .columns(["kind", "workspace", "subject"])
      .execute();
    await db.schema
      .createTable("execution_event")
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("task", "text")
      .addColumn("data", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("execution_event_key", ["execution_id", "seq"])
      .execute();
    await db.schema
      .createTable("task")
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("position", "integer", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("needs", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("attempt", "integer", (column) => column.notNull())
      .addColumn("system_faults", "integer", (column) => column.notNull())
      .addColumn("max_attempts", "integer", (column) => column.notNull())
      .addColumn("timeout_seconds", "double precision", (column) => column.notNull())
      .addColumn("input", "text", (column) => column.notNull())
      .addColumn("payload", "text")
      .addColumn("result", "text")
      .addColumn("error", "text")
      .addColumn("epoch", "integer", (column) => column.notNull())
      .addColumn("holder", "text")
      .addColumn("lease_expires_at", "bigint")
      .addColumn("available_at", "bigint", (column) => column.notNull())
      .addColumn("started_at", "bigint")
      .addColumn("ended_at", "bigint")
      .addPrimaryKeyConstraint("task_key", ["execution_id", "name"])
      .execute();
    await db.schema.createIndex("task_to_claim").on("task").columns(["state", "kind", "available_at"]).execute();
  },
};
