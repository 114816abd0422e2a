import { sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

/**
 * Jobs and steps are found by what people and the engine ask for, however many there are. Trials and items are in no
 * list of jobs, and most jobs come from no other: indexes leave them out.
 */
export const lookupSchema: SchemaStep = {
  name: "0780-job-lookup",
  async up(db) {
    for (const column of ["workspace", "experiment"]) {
      await db.schema.alterTable("job_step").addColumn(column, "text").execute();
    }
    await sql`
      update job_step
      set (workspace, experiment) = (select workspace, experiment from job where job.id = job_step.job_id)
    `.execute(db);
    await db.schema
      .createIndex("job_step_by_name")
      .on("job_step")
      .columns(["workspace", "experiment", "name", "job_id"])
      .where(sql.ref("preimage"), "is not", null)
      .execute();
    await db.schema.createIndex("job_by_name").on("job").columns(["workspace", "name", "id"]).execute();
    for (const column of ["state", "experiment"]) {
      await db.schema
        .createIndex(`job_by_${column}`)
        .on("job")
        .columns(["workspace", column, "id"])
        .where(sql.ref("parent_job_id"), "is", null)
        .execute();
    }
    await db.schema
      .createIndex("job_archived")
      .on("job")
      .columns(["workspace", "parent_job_id", "id"])
      .where(sql.ref("archived_at"), "is not", null)
      .execute();
    // With the many jobs that have no origin in it, the index looks as if it led to all of them.
    await db.schema.dropIndex("job_by_origin").execute();
    await db.schema
      .createIndex("job_by_origin")
      .on("job")
      .columns(["origin_job_id", "id"])
      .where(sql.ref("origin_job_id"), "is not", null)
      .execute();
  },
};
