import type { SchemaStep } from "../platform/db/migrate.ts";

/** How long all attempts at a task may take together. */
export const deadlineSchema: SchemaStep = {
  name: "0680-task-deadline",
  async up(db) {
    await db.schema.alterTable("task").addColumn("deadline_seconds", "double precision").execute();
    await db.schema.alterTable("task").addColumn("deadline_at", "bigint").execute();
    await db.schema.createIndex("task_by_deadline").on("task").columns(["state", "deadline_at"]).execute();
  },
};
