import { type Kysely, sql } from "kysely";
import type { SchemaStep } from "../platform/db/migrate.ts";
import type { Tables } from "../platform/db/tables.ts";
import { insertNeeds } from "./store.ts";

/** Planning looks at what changed: who needs whom is a table, and each task counts what it still waits for. */
export const planningSchema: SchemaStep = {
  name: "0540-engine-planning",
  async up(db) {
    await addTo(db, "execution", "plan_at", "bigint");
    await addTo(db, "execution", "plan_faults", "integer", 0);
    await addTo(db, "execution", "max_parallel", "integer");
    await addTo(db, "execution", "sealed", "integer", 1);
    await addTo(db, "execution", "deadline_at", "bigint");
    await addTo(db, "execution", "timed_out", "integer", 0);
    await addTo(db, "execution", "parent_execution", "text");
    await addTo(db, "execution", "parent_task", "text");
    await addTo(db, "task", "retry", "text");
    await addTo(db, "task", "queue_timeout_seconds", "double precision");
    await addTo(db, "task", "unmet", "integer", 0);
    await addTo(db, "task", "told", "integer", 0);
    await addTo(db, "task", "prepare_faults", "integer", 0);
    await db.schema
      .createTable("task_need")
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("need", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("task_need_key", ["execution_id", "need", "name"])
      .execute();
    await db.schema.createIndex("execution_by_plan_time").on("execution").column("plan_at").execute();
    await db.schema
      .createIndex("execution_by_parent")
      .on("execution")
      .columns(["parent_execution", "parent_task"])
      .execute();
    await db.schema
      .createIndex("task_to_plan")
      .on("task")
      .columns(["execution_id", "state", "told", "unmet", "position"])
      .execute();
    await countNeeds(db as Kysely<Tables>);
  },
};

async function addTo(
  db: Kysely<unknown>,
  table: "execution" | "task",
  name: string,
  type: "bigint" | "double precision" | "integer" | "text",
  initial?: number,
): Promise<void> {
  await db.schema
    .alterTable(table)
    .addColumn(name, type, (column) => (initial === undefined ? column : column.notNull().defaultTo(sql.lit(initial))))
    .execute();
}

/** What is under way goes on: none of its tasks has been told anything yet. */
async function countNeeds(db: Kysely<Tables>): Promise<void> {
  const tasks = await db
    .selectFrom("task")
    .innerJoin("execution", "execution.id", "task.execution_id")
    .select(["execution_id", "name", "needs"])
    .where("execution.state", "=", "running")
    .execute();
  for (const { execution_id, name, needs } of tasks) {
    const all = [...new Set(JSON.parse(needs) as string[])];
    await insertNeeds(db, execution_id, [{ name, needs: all }]);
    await db
      .updateTable("task")
      .set({ unmet: all.length })
      .where("execution_id", "=", execution_id)
      .where("name", "=", name)
      .execute();
  }
  await db.updateTable("execution").set({ needs_plan: 1 }).where("state", "=", "running").execute();
}
