import type { JobDefinition } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
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
 * Jobs of which steps run now, as many as have so much text together. A definition may be megabytes, and each of its
 * steps is looked up in it; the items of a loop are many small jobs, between which the large one must not get lost.
 */
const mostCharacters = 16_000_000;
const known = new Map<string, SubmittedJob>();
let characters = 0;

/** Reads and parses a job once, not for every step of it. */
export async function submittedJob(tx: Ctx, id: string): Promise<SubmittedJob> {
  const found = known.get(id) ?? (await read(tx, id));
  forget(id);
  known.set(id, found);
  characters += found.row.definition.length;
  while (characters > mostCharacters && known.size > 1) forget(known.keys().next().value!);
  return found;
}

function forget(id: string): void {
  characters -= known.get(id)?.row.definition.length ?? 0;
  known.delete(id);
}

/** Somebody has changed what is said of a job. */
export const forgetSubmitted = (id: string): void => forget(id);

async function read(tx: Ctx, id: string): Promise<SubmittedJob> {
  const row = await getJobRow(tx.db, id);
  return { row, definition: JSON.parse(row.definition) as JobDefinition };
}
