import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { withFamily } from "./family.ts";
import { forgetAllOf, type Going } from "./forget.ts";
import type { JobTable } from "./schema.ts";

/** Jobs of which it is decided together whether they go. */
const atOnce = 100;

export interface PurgeJobs {
  workspace: string;
  /** What was deleted at this time or later stays. */
  before: number;
  dryRun: boolean;
  /** Ids of the jobs that something else names or comes from, be it from a trial or an item of them. */
  needed(tx: Ctx, jobs: DeletedJob[]): Promise<Set<string>>;
}

export type DeletedJob = Going & Pick<JobTable, "name">;

/**
 * Forgets deleted jobs for good: their trials and items, steps, logs, events, and the results that other steps could
 * have reused. What is interrupted goes on with the rest. Their runs stay, as long as nobody deletes those.
 */
export async function purgeJobs(ctx: Ctx, purge: PurgeJobs): Promise<{ purged: number; kept: number }> {
  const total = { purged: 0, kept: 0 };
  for (let newest: string | undefined; ; ) {
    const ids = await listDeleted(ctx, purge, newest);
    const { going, kept } = await choose(ctx, purge, ids);
    for (const job of purge.dryRun ? [] : going) await purgeJob(ctx, job);
    total.purged += going.length;
    total.kept += kept;
    if (ids.length < atOnce) return total;
    newest = ids.at(-1);
  }
}

/** The newest first: once a job is gone that went on with another one, that one is free to go. */
async function listDeleted(ctx: Ctx, { workspace, before }: PurgeJobs, newest: string | undefined): Promise<string[]> {
  const select = ctx.db
    .selectFrom("job")
    .select("id")
    .where("workspace", "=", workspace)
    .where("deleted_at", "is not", null)
    .where((eb) => eb.or([eb("deleted_at", "<", before), eb("purging", "=", 1)]))
    .orderBy("id", "desc")
    .limit(atOnce);
  const rows = await (newest === undefined ? select : select.where("id", "<", newest)).execute();
  return rows.map(({ id }) => id);
}

/**
 * Marks those that go before anything of them is removed: nobody can restore a job of which a part is gone. Who goes on
 * with a job takes its row, so that is either seen here or comes too late.
 */
function choose(
  ctx: Ctx,
  { before, dryRun, needed }: PurgeJobs,
  ids: string[],
): Promise<{ going: DeletedJob[]; kept: number }> {
  if (ids.length === 0) return Promise.resolve({ going: [], kept: 0 });
  return transaction(ctx, async (tx) => {
    const these = tx.db.selectFrom("job").select(columns).where("id", "in", ids);
    const begun = await these.where("purging", "=", 1).execute();
    const marked = await tx.db
      .updateTable("job")
      .set({ purging: 1 })
      .where("id", "in", ids)
      .where("purging", "=", 0)
      .where("deleted_at", "<", before)
      .returning(columns)
      .execute();
    let going = marked;
    let stay = await needed(tx, marked);
    do {
      await unmark(tx, [...stay]);
      going = going.filter(({ id }) => !stay.has(id));
      stay = await inUse(tx, going);
    } while (stay.size > 0);
    if (dryRun) await unmark(tx, going.map(idOf));
    return { going: [...begun, ...going], kept: marked.length - going.length };
  });
}

const columns = ["id", "workspace", "name", "execution_id"] as const;
const idOf = ({ id }: DeletedJob): string => id;

async function unmark(tx: Ctx, ids: string[]): Promise<void> {
  if (ids.length > 0) await tx.db.updateTable("job").set({ purging: 0 }).where("id", "in", ids).execute();
}

/** Those with which a job that stays goes on, be it with a trial or an item of them, and those of which a trial or an item has not come to its end yet. */
async function inUse(tx: Ctx, jobs: DeletedJob[]): Promise<Set<string>> {
  if (jobs.length === 0) return new Set();
  const family = withFamily(tx, jobs[0]!.workspace, jobs.map(idOf)).selectFrom("family").select("of").distinct();
  const goneOnWith = await family
    .innerJoin("job as later", "later.origin_job_id", "family.id")
    .where("later.purging", "=", 0)
    .where("later.parent_job_id", "is", null)
    .execute();
  const running = await family
    .innerJoin("job as part", "part.id", "family.id")
    .where("part.ended_at", "is", null)
    .execute();
  return new Set([...goneOnWith, ...running].map(({ of }) => of));
}

async function purgeJob(ctx: Ctx, job: DeletedJob): Promise<void> {
  await forgetAllOf(ctx, [job]);
  await transaction(ctx, async (tx) => {
    const { numDeletedRows } = await tx.db.deleteFrom("job").where("id", "=", job.id).executeTakeFirst();
    // Somebody else, who collects at the same time, may have been faster.
    if (numDeletedRows === 0n) return;
    const { id, workspace, name } = job;
    record(tx, { workspace, type: "job.purged", subject: `job/${id}`, data: { name } });
  });
}
