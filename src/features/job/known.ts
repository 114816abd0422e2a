import type { JobDefinition } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import type { JobTable } from "./schema.ts";
import { getJobRow } from "./store.ts";

/** A job as it was submitted. Of the row, what changes later (state, times, what it registered) is not to be read here. */
export interface SubmittedJob {
  row: JobTable;
  definition: JobDefinition;
}

/** Jobs of which steps run now. A definition may be megabytes, and each of its steps is looked up in it. */
const most = 16;
const known = new Map<string, SubmittedJob>();

/** Reads and parses a job once, not for every step of it. */
export async function submittedJob(tx: Ctx, id: string): Promise<SubmittedJob> {
  const found = known.get(id) ?? (await read(tx, id));
  known.delete(id);
  known.set(id, found);
  if (known.size > most) known.delete(known.keys().next().value!);
  return found;
}

async function read(tx: Ctx, id: string): Promise<SubmittedJob> {
  const row = await getJobRow(tx.db, id);
  return { row, definition: JSON.parse(row.definition) as JobDefinition };
}
