import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { countFamily } from "./family.ts";
import { forgetAllOf, type Going } from "./forget.ts";
import { inUse } from "./in-use.ts";
import type { JobTable } from "./schema.ts";

/** Jobs that are listed together. */
const listedAtOnce = 100;
/** So many jobs and parts of jobs are decided on together, or one job: others that write wait for it. */
const partsAtOnce = 5000;

export interface PurgeJobs {
  workspace: string;
  /** What was deleted at this time or later stays. */
  before: number;
  /** Only counts: nothing is written. */
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
  const gone = new Set<string>();
  let kept = 0;
  for (let newest: string | undefined; ; ) {
    const ids = await firstOf(ctx, purge.workspace, await listDeleted(ctx, purge, newest));
    if (ids.length === 0) return { purged: gone.size, kept };
    const chosen = await choose(ctx, purge, ids, gone);
    for (const job of chosen.going) {
      if (!purge.dryRun) await purgeJob(ctx, job);
      gone.add(job.id);
    }
    kept += chosen.kept;
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
    .limit(listedAtOnce);
  const rows = await (newest === undefined ? select : select.where("id", "<", newest)).execute();
  return rows.map(({ id }) => id);
}

/** As many of them as are decided on together. */
async function firstOf(ctx: Ctx, workspace: string, ids: string[]): Promise<string[]> {
  const first: string[] = [];
  let parts = 0;
  for (const id of ids) {
    parts += await countFamily(ctx, workspace, id, partsAtOnce);
    if (first.length > 0 && parts > partsAtOnce) break;
    first.push(id);
  }
  return first;
}

interface Chosen {
  going: DeletedJob[];
  kept: number;
}

/**
 * Marks those that go before anything of them is removed: nobody can restore a job of which a part is gone. Who goes on
 * with a job takes its row, so that is either seen here or comes too late.
 */
function choose(ctx: Ctx, purge: PurgeJobs, ids: string[], gone: ReadonlySet<string>): Promise<Chosen> {
  const { before, dryRun } = purge;
  const decide = async (tx: Ctx): Promise<Chosen> => {
    const these = tx.db.selectFrom("job").select(columns).where("id", "in", ids);
    const begun = await these.where("purging", "=", 1).execute();
    const deleted = dryRun
      ? await these.where("purging", "=", 0).where("deleted_at", "<", before).execute()
      : await mark(tx, ids, before);
    const stay = await staying(tx, purge, deleted, gone);
    if (!dryRun) await unmark(tx, [...stay]);
    const going = deleted.filter(({ id }) => !stay.has(id));
    return { going: [...begun, ...going], kept: stay.size };
  };
  return dryRun ? decide(ctx) : transaction(ctx, decide);
}

const columns = ["id", "workspace", "name", "execution_id"] as const;

const mark = (tx: Ctx, ids: string[], before: number): Promise<DeletedJob[]> =>
  tx.db
    .updateTable("job")
    .set({ purging: 1 })
    .where("id", "in", ids)
    .where("purging", "=", 0)
    .where("deleted_at", "<", before)
    .returning(columns)
    .execute();

async function unmark(tx: Ctx, ids: string[]): Promise<void> {
  if (ids.length > 0) await tx.db.updateTable("job").set({ purging: 0 }).where("id", "in", ids).execute();
}

async function staying(
  tx: Ctx,
  { workspace, needed }: PurgeJobs,
  jobs: DeletedJob[],
  gone: ReadonlySet<string>,
): Promise<Set<string>> {
  const stay = await needed(tx, jobs);
  const others = jobs.map(({ id }) => id).filter((id) => !stay.has(id));
  for (const id of await inUse(tx, { workspace, ids: others, stay, gone })) stay.add(id);
  return stay;
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
