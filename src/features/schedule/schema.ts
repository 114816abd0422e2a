import { sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    schedule: ScheduleTable;
    schedule_firing: FiringTable;
  }
}

export interface ScheduleTable {
  workspace: string;
  name: string;
  /** ScheduleSettings in JSON. */
  settings: string;
  /** Of a data trigger: the data asset. */
  data_name: string | null;
  /** sha256 of the secret in the address of a webhook trigger. */
  hook: string | null;
  /** Sealed: the key with which calls of its address are signed. */
  hook_key: string | null;
  next_at: number | null;
  created_at: number;
  created_by_id: string;
  created_by_name: string;
}

export interface FiringTable {
  id: string;
  workspace: string;
  schedule: string;
  /** One firing for each: `time/<due>`, `data/<name>/<version>`, … */
  key: string;
  due_at: number;
  cause: string;
  state: "queued" | "started" | "skipped" | "failed";
  job_id: string | null;
  reason: string | null;
  created_at: number;
  /** Of a call: LateValues in JSON, what its body says for the names in the schedule's inputs. */
  body_values: string | null;
  /** Who asked for it, when somebody did: the job is started in their name, not in that of the schedule's author. */
  asked_by_id: string | null;
  asked_by_name: string | null;
}

export const scheduleSchema: SchemaStep = {
  name: "0605-schedule",
  async up(db) {
    await db.schema
      .createTable("schedule")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("settings", "text", (column) => column.notNull())
      .addColumn("data_name", "text")
      .addColumn("hook", "text")
      .addColumn("next_at", "bigint")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("created_by_id", "text", (column) => column.notNull())
      .addColumn("created_by_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("schedule_key", ["workspace", "name"])
      .execute();
    await db.schema.createIndex("schedule_due").on("schedule").columns(["next_at"]).execute();
    await db.schema.createIndex("schedule_by_data").on("schedule").columns(["workspace", "data_name"]).execute();
    await db.schema
      .createTable("schedule_firing")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("schedule", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("due_at", "bigint", (column) => column.notNull())
      .addColumn("cause", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("job_id", "text")
      .addColumn("reason", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addUniqueConstraint("schedule_firing_once", ["workspace", "schedule", "key"])
      .execute();
    await db.schema.createIndex("schedule_firing_queue").on("schedule_firing").columns(["state", "id"]).execute();
  },
};

/** The newest firings of a schedule are found without the others. */
export const firingOrderSchema: SchemaStep = {
  name: "0781-schedule-firing-order",
  async up(db) {
    await db.schema
      .createIndex("schedule_firing_in_order")
      .on("schedule_firing")
      .columns(["workspace", "schedule", "id"])
      .execute();
  },
};

/** Calls are signed, and give values. Firings of schedules that were deleted go: those of the same name began with them. */
export const callSchema: SchemaStep = {
  name: "0796-schedule-call",
  async up(db) {
    await db.schema.alterTable("schedule").addColumn("hook_key", "text").execute();
    await db.schema.alterTable("schedule_firing").addColumn("body_values", "text").execute();
    const deleted = sql`not exists (select 1 from schedule s where s.workspace = f.workspace and s.name = f.schedule)`;
    await sql`delete from schedule_firing where id in (select f.id from schedule_firing f where ${deleted})`.execute(
      db,
    );
  },
};

export const askedBySchema: SchemaStep = {
  name: "0806-schedule-firing-asked-by",
  async up(db) {
    for (const column of ["asked_by_id", "asked_by_name"])
      await db.schema.alterTable("schedule_firing").addColumn(column, "text").execute();
  },
};
