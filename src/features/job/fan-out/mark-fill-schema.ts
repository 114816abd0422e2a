import type { Kysely } from "kysely";
import type { JobDefinition } from "../../../contract/job.ts";
import type { SchemaStep } from "../../../platform/db/migrate.ts";
import type { Tables } from "../../../platform/db/tables.ts";
import { type EndedTrial, insertMarks } from "./marks.ts";

/** A sweep that is under way compares its trials with those that had ended before marks were kept, too. */
export const trialMarkFillSchema: SchemaStep = {
  name: "0808-trial-mark-fill",
  async up(database) {
    const db = database as Kysely<Tables>;
    const sweeps = await db
      .selectFrom("fan_out")
      .innerJoin("job", "job.id", "fan_out.job_id")
      .select(["job_id", "step"])
      .where("metric", "is not", null)
      .where("job.ended_at", "is", null)
      .execute();
    for (const { job_id, step } of sweeps) {
      const { definition } = await db
        .selectFrom("job")
        .select("definition")
        .where("id", "=", job_id)
        .executeTakeFirstOrThrow();
      const submitted = JSON.parse(definition) as JobDefinition;
      const ended = await db
        .selectFrom("job_child")
        .select("number")
        .where("job_id", "=", job_id)
        .where("step", "=", step)
        .where("reports", "is not", null)
        .execute();
      for (const { number } of ended) await fill(db, submitted, { job_id, step, number });
    }
  },
};

/** One trial at a time: each may have reported thousands of values. */
async function fill(db: Kysely<Tables>, definition: JobDefinition, trial: EndedTrial): Promise<void> {
  const { reports } = await db
    .selectFrom("job_child")
    .select("reports")
    .where("job_id", "=", trial.job_id)
    .where("step", "=", trial.step)
    .where("number", "=", trial.number)
    .executeTakeFirstOrThrow();
  await insertMarks(db, definition, trial, JSON.parse(reports!) as number[]);
}
