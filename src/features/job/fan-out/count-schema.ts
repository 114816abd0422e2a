import { type Kysely, sql } from "kysely";
import type { SchemaStep } from "../../../platform/db/migrate.ts";
import type { Tables } from "../../../platform/db/tables.ts";
import { insertItems } from "./items.ts";
import { childStates } from "./schema.ts";

/** A step of many jobs knows how they stand without reading them, and keeps its items in pieces. */
export const fanOutCountSchema: SchemaStep = {
  name: "0641-fan-out-count",
  async up(db) {
    for (const name of ["started", ...childStates]) {
      await db.schema
        .alterTable("fan_out")
        .addColumn(name, "integer", (column) => column.notNull().defaultTo(0))
        .execute();
    }
    await db.schema
      .createTable("fan_out_items")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("first", "integer", (column) => column.notNull())
      .addColumn("items", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("fan_out_items_key", ["job_id", "step", "first"])
      .execute();
    await count(db as Kysely<Tables>);
    await cutItems(db as Kysely<Tables>);
    for (const name of ["items", "touched"]) await db.schema.alterTable("fan_out").dropColumn(name).execute();
  },
};

async function count(db: Kysely<Tables>): Promise<void> {
  const rows = await db
    .selectFrom("job_child")
    .select(["job_id", "step", "state", (eb) => eb.fn.countAll<number | string>().as("count")])
    .groupBy(["job_id", "step", "state"])
    .execute();
  for (const { job_id, step, state, count } of rows) {
    await db
      .updateTable("fan_out")
      .set((eb) => ({ [state]: Number(count), started: eb("started", "+", Number(count)) }))
      .where("job_id", "=", job_id)
      .where("step", "=", step)
      .execute();
  }
}

async function cutItems(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ job_id: string; step: string; items: string }>`
    select job_id, step, items from fan_out where items is not null
  `.execute(db);
  for (const { items, ...key } of rows) await insertItems(db, key, JSON.parse(items));
}
