import { sql } from "kysely";
import type { SchemaStep } from "../../../platform/db/migrate.ts";

/** What a sweep or a loop takes over from the job that its own goes on with. */
export const fanOutOriginSchema: SchemaStep = {
  name: "0681-fan-out-origin",
  async up(db) {
    await db.schema.alterTable("fan_out").addColumn("seed", "text").execute();
    await db.schema.alterTable("fan_out").addColumn("from_job_id", "text").execute();
    await db.schema.alterTable("fan_out").addColumn("taken_to", "integer").execute();
    await db.schema
      .alterTable("fan_out")
      .addColumn("next_number", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
    await sql`update fan_out set next_number = started`.execute(db);
  },
};
