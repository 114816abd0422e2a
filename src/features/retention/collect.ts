import type { GcReport } from "../../contract/gc.ts";
import type { BlobReferences } from "../../platform/blob/references.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { graceMs } from "../blob/index.ts";
import { purgeJobs } from "../job/index.ts";
import { purgeDeletedVersions } from "../model/index.ts";
import { emptyDeletedExperiments, purgeExperiment, purgeLoggedModels, purgeRuns } from "../run/index.ts";
import { deleteTraces } from "../trace/index.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { removeHistory } from "./history.ts";
import { Marked, markRecent, markReferences } from "./mark.ts";
import { neededJobs, neededLoggedModels, neededRuns, readNamedJobs } from "./needed.ts";
import { sweepBlobs, sweepOrphans } from "./sweep.ts";

const day = 86_400_000;

export interface Wanted {
  workspace: string;
  olderThanDays: number;
  dryRun: boolean;
  /** Milliseconds; only tests are in a hurry. */
  grace?: number;
}

/**
 * Purges what was deleted long ago, and what the workspace keeps no longer, then removes the blobs that nothing refers to. It may be interrupted at any point:
 * each step leaves everything that is referred to in place, and the next collection goes on.
 */
export async function collectGarbage(ctx: Ctx, references: BlobReferences[], wanted: Wanted): Promise<GcReport> {
  await requireWorkspace(ctx, wanted.workspace);
  const purged = await purge(ctx, wanted);
  const history = await removeHistory(ctx, wanted);
  const marked = new Marked(ctx);
  const sweep = { ...wanted, before: ctx.clock.now() - (wanted.grace ?? graceMs) };
  await markReferences(ctx, marked, references);
  await markRecent(ctx, marked, sweep.before);
  const blobs = await sweepBlobs(ctx, marked, sweep);
  const orphans = await sweepOrphans(ctx, sweep);
  const report: GcReport = {
    ...{ dryRun: wanted.dryRun, ...purged, ...history, blobs: blobs.blobs, orphans: orphans.blobs },
    bytes: blobs.bytes + orphans.bytes,
  };
  if (!wanted.dryRun) await note(ctx, wanted.workspace, report);
  return report;
}

const note = (ctx: Ctx, workspace: string, report: GcReport): Promise<void> =>
  transaction(ctx, async (tx) =>
    record(tx, { workspace, type: "storage.collected", subject: "storage", data: report }),
  );

async function purge(ctx: Ctx, { workspace, olderThanDays, dryRun }: Wanted) {
  const before = ctx.clock.now() - olderThanDays * day;
  // Jobs first: runs stay as long as a step can reuse the result that comes from them.
  const named = await readNamedJobs(ctx, workspace);
  const jobs = await purgeJobs(ctx, {
    ...{ workspace, before, dryRun },
    needed: (tx, jobs) => neededJobs(tx, named, jobs),
  });
  const runs = await purgeRuns(ctx, { workspace, before, dryRun, needed: neededRuns });
  const models = await purgeLoggedModels(ctx, { workspace, before, dryRun, needed: neededLoggedModels });
  const experiments = await emptyDeletedExperiments(ctx, workspace, before);
  if (!dryRun) {
    for (const id of experiments) {
      await deleteTraces(ctx, workspace, { experimentId: id, until: Number.MAX_SAFE_INTEGER });
      await purgeExperiment(ctx, workspace, id);
    }
  }
  return {
    jobs: jobs.purged,
    runs: runs.purged,
    loggedModels: models.purged,
    experiments: experiments.length,
    modelVersions: await purgeDeletedVersions(ctx, workspace, { before, dryRun }),
    kept: jobs.kept + runs.kept + models.kept,
  };
}
