import { type Kysely, sql } from "kysely";
import type { SchemaStep } from "../platform/db/migrate.ts";

/** Where a task runs and how much of it it takes; and whose turn it is when there is not room for all. */
export const placementSchema: SchemaStep = {
  name: "0560-task-placement",
  async up(db) {
    await db.schema
      .alterTable("execution")
      .addColumn("priority", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
    await addTo(db, "workspace", "text", "''");
    await addTo(db, "compute", "text", "'local'");
    await addTo(db, "cpus", "double precision", "1");
    await addTo(db, "memory_mb", "integer", "0");
    await addTo(db, "gpus", "integer", "0");
    await sql`
      update task set workspace = (select workspace from execution where execution.id = task.execution_id)
    `.execute(db);
    await db.schema.createIndex("execution_by_state").on("execution").columns(["state", "workspace", "id"]).execute();
    // An index by state and kind would lead to every queued task of the installation, in place of one job's.
    await db.schema.dropIndex("task_to_claim").execute();
    await db.schema.createIndex("task_by_state").on("task").columns(["state", "lease_expires_at"]).execute();
    await db.schema.createIndex("task_in_line").on("task").columns(["execution_id", "state", "position"]).execute();
  },
};

const addTo = (db: Kysely<unknown>, name: string, type: "text" | "integer" | "double precision", value: string) =>
  db.schema
    .alterTable("task")
    .addColumn(name, type, (column) => column.notNull().defaultTo(sql.raw(value)))
    .execute();
