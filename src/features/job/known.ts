import type { JobDefinition } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Memory } from "../../platform/remembered.ts";
import type { JobTable } from "./schema.ts";
import { getJobRow } from "./store.ts";

/**
 * A job as it was submitted. Of the row, what changes later (state, times, what it registered) is not to be read here;
 * of what somebody changes (its name, its tags) a server reads what it was before for as long as it remembers the job.
 */
export interface SubmittedJob {
  row: JobTable;
  definition: JobDefinition;
}

/**
 * Jobs of which steps run now, as many as have so many characters together. A definition may be megabytes, and each of
 * its steps is looked up in it; the items of a loop are many small jobs, between which the large one must not get lost.
 */
const jobs: Memory<SubmittedJob> = { most: 16_000_000, weightOf: ({ row }) => row.definition.length };

/** Reads and parses a job once, not for every step of it. */
export const submittedJob = (tx: Ctx, id: string): Promise<SubmittedJob> =>
  tx.remembered.read(jobs, id, async () => {
    const row = await getJobRow(tx.db, id);
    return { row, definition: JSON.parse(row.definition) as JobDefinition };
  });

/** Somebody has changed what is said of a job. */
export const forgetSubmitted = (ctx: Ctx, id: string): void => ctx.remembered.forget(jobs, id);
