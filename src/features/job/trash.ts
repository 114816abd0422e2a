import { conflict } from "../../contract/errors.ts";
import type { Job } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { jobOf } from "./job-of.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";

type Shelf = Pick<JobTable, "archived_at" | "deleted_at">;

/** Leaves a job that has ended out of lists. Doing it again changes nothing. */
export const archiveJob = (ctx: Ctx, workspace: string, id: string): Promise<Job> =>
  move(ctx, { workspace, id, type: "job.archived" }, (row) => {
    requireEnded(row, "archived");
    return row.archived_at === null ? { archived_at: ctx.clock.now(), deleted_at: null } : row;
  });

/** Hides a job that has ended until it is restored, or purged. It is archived too: no list of archived ones is longer for it. */
export const deleteJob = (ctx: Ctx, workspace: string, id: string): Promise<Job> =>
  move(ctx, { workspace, id, type: "job.deleted" }, (row) => {
    if (row.parent_job_id) throw conflict(`Job ${id} is part of job ${row.parent_job_id}.`, "Delete that one.");
    requireEnded(row, "deleted");
    const now = ctx.clock.now();
    return row.deleted_at === null ? { archived_at: row.archived_at ?? now, deleted_at: now } : row;
  });

/** Shows an archived or deleted job in lists again. */
export const restoreJob = (ctx: Ctx, workspace: string, id: string): Promise<Job> =>
  move(ctx, { workspace, id, type: "job.restored" }, (row) => {
    requireWhole(row);
    return row.archived_at === null ? row : { archived_at: null, deleted_at: null };
  });

/** Of a job that is being purged nothing is changed any more. */
export function requireWhole({ id, purging }: Pick<JobTable, "id" | "purging">): void {
  if (purging) throw conflict(`Job ${id} is being purged: some of it is gone already.`);
}

function requireEnded({ id, ended_at }: JobTable, done: "archived" | "deleted"): void {
  if (ended_at !== null) return;
  const hint = `Only jobs that have ended are ${done}. Wait, or stop it first: \`trainyard job cancel ${id}\`.`;
  throw conflict(`Job ${id} has not ended.`, hint);
}

/** `place` says where the job is to be; the row itself when it is there already. */
function move(
  ctx: Ctx,
  { workspace, id: named, type }: { workspace: string; id: string; type: string },
  place: (row: JobTable) => Shelf,
): Promise<Job> {
  return transaction(ctx, async (tx) => {
    const row = await store.takeJob(tx, workspace, named);
    const to = place(row);
    if (to === row) return jobOf(row);
    const { archived_at, deleted_at } = to;
    await tx.db.updateTable("job").set({ archived_at, deleted_at }).where("id", "=", row.id).execute();
    record(tx, { workspace, type, subject: `job/${row.id}` });
    return jobOf({ ...row, archived_at, deleted_at });
  });
}
