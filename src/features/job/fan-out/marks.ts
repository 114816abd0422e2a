import type { JobDefinition } from "../../../contract/job.ts";
import { bulkInsert } from "../../../platform/db/bulk.ts";
import type { Db } from "../../../platform/db/tables.ts";
import { type Mark, marksOf } from "../../sweep/index.ts";
import type { TrialMarkTable } from "./mark-schema.ts";
import type { JobChildTable } from "./schema.ts";

export type EndedTrial = Pick<JobChildTable, "job_id" | "step" | "number">;

/** How the trials of a sweep that have ended did in these places. */
export const marksAt = (db: Db, jobId: string, step: string, places: number[]): Promise<Mark[]> =>
  db
    .selectFrom("trial_mark")
    .select(["number", "at", "best", "mean"])
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("at", "in", places)
    .execute();

const insertRows = bulkInsert<TrialMarkTable>(
  "trial_mark",
  {
    ...{ job_id: "text", step: "text", at: "integer", number: "integer" },
    ...{ best: "double precision", mean: "double precision" },
  },
  "(job_id, step, at, number) do nothing",
);

/** Writes how a trial did wherever others may be compared with it; nothing for a sweep that ends none early. */
export async function insertMarks(
  db: Db,
  { steps }: Pick<JobDefinition, "steps">,
  { job_id, step, number }: EndedTrial,
  values: number[],
): Promise<void> {
  const sweep = steps[step];
  if (sweep?.type !== "sweep" || !sweep.earlyTermination) return;
  const marks = marksOf(sweep.earlyTermination, sweep.objective.goal, { number, values });
  await insertRows(
    db,
    marks.map((mark) => ({ job_id, step, ...mark })),
  );
}
