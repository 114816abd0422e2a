import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Each attempt at a step has a run of its own. */
export const attemptSchema: SchemaStep = {
  name: "0798-job-step-attempts",
  async up(db) {
    await db.schema.alterTable("job_step").addColumn("earlier_attempts", "text").execute();
  },
};
