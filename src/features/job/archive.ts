import { conflict } from "../../contract/errors.ts";
import type { Job } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { jobOf } from "./job-of.ts";
import * as store from "./store.ts";

/** Leaves a job out of lists, or shows it there again. Doing it again changes nothing. */
export async function archiveJob(ctx: Ctx, workspace: string, id: string, archived: boolean): Promise<Job> {
  return transaction(ctx, async (tx) => {
    const row = await store.findJob(tx, workspace, id);
    if (archived && row.ended_at === null) {
      throw conflict(`Job ${id} has not ended.`, "Only jobs that have ended are archived.");
    }
    if ((row.archived_at !== null) === archived) return jobOf(row);
    const archived_at = archived ? tx.clock.now() : null;
    await tx.db.updateTable("job").set({ archived_at }).where("id", "=", id).execute();
    record(tx, { workspace, type: archived ? "job.archived" : "job.restored", subject: `job/${id}` });
    return jobOf({ ...row, archived_at });
  });
}
