import type { SchemaStep } from "../../../platform/db/migrate.ts";

/** How much of trials and items was there already; pages of those in one state, in the order of their numbers. */
export const fanOutReuseSchema: SchemaStep = {
  name: "0804-fan-out-reuse",
  async up(db) {
    for (const name of ["steps", "steps_reused"])
      await db.schema.alterTable("job_child").addColumn(name, "integer").execute();
    await db.schema
      .alterTable("fan_out")
      .addColumn("reused", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.dropIndex("job_child_by_state").execute();
    await db.schema
      .createIndex("job_child_by_state")
      .on("job_child")
      .columns(["job_id", "step", "state", "number"])
      .execute();
  },
};
