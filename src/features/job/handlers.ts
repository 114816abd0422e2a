import type { Job, jobContract } from "../../contract/job.ts";
import type { Request } from "../../contract/operation.ts";
import { requestCancel } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { listAtWork } from "./at-work.ts";
import { withDebugger } from "./debug.ts";
import { decide } from "./decide.ts";
import { explainStep } from "./explain.ts";
import { getSweep, listChildren } from "./fan-out/index.ts";
import { jobOf } from "./job-of.ts";
import { readLog } from "./logs.ts";
import { rerunJob, resumeJob } from "./rerun.ts";
import { getDefinition, getStep, listSteps } from "./steps.ts";
import { findJob } from "./store.ts";
import { readBody, submitJob, validate } from "./submit.ts";
import { archiveJob, deleteJob, restoreJob } from "./trash.ts";
import { updateJob } from "./update.ts";
import { listJobs, showJob } from "./view.ts";

/** What is known only to what builds on jobs. */
export interface JobLookups {
  /** Fails when there is no published pipeline of the name, or no such version of it. */
  requirePipeline(ctx: Ctx, workspace: string, name: string, version?: string): Promise<unknown>;
}

export const createJobHandlers = ({ requirePipeline }: JobLookups): Handlers<typeof jobContract> => ({
  list: ({ params, query }, ctx) => listJobs(ctx, params.workspace, query),
  create: ({ params, body }, ctx) => createJob(ctx, params.workspace, body),
  validate: ({ params, body }, ctx, { principal }) =>
    validate(ctx, params.workspace, body, {
      readsCode: principal!.may("job:write", params.workspace),
      requirePipeline: (name, version) => requirePipeline(ctx, params.workspace, name, version),
    }),
  get: ({ params }, ctx) => showJob(ctx, params.workspace, params.id),
  steps: ({ params, query }, ctx) => listSteps(ctx, params.workspace, params.id, query),
  step: ({ params }, ctx) => getStep(ctx, params.workspace, params.id, params.step),
  definition: ({ params }, ctx) => getDefinition(ctx, params.workspace, params.id),
  update: ({ params, body }, ctx) => updateJob(ctx, params.workspace, params.id, body),
  cancel: ({ params, body }, ctx) => cancelJob(ctx, params.workspace, params.id, body.reason),
  decide: ({ params, body }, ctx) => decide(ctx, params.workspace, params.id, params.step, body),
  children: ({ params, query }, ctx) => listChildren(ctx, params, query),
  sweep: ({ params }, ctx) => getSweep(ctx, params),
  resume: ({ params, body }, ctx) => resumeJob(ctx, params.workspace, params.id, body),
  rerun: ({ params, body }, ctx) => rerunJob(ctx, params.workspace, params.id, body),
  archive: ({ params }, ctx) => archiveJob(ctx, params.workspace, params.id),
  restore: ({ params }, ctx) => restoreJob(ctx, params.workspace, params.id),
  delete: ({ params }, ctx) => deleteJob(ctx, params.workspace, params.id),
  atWork: async ({ params }, ctx) => ({ items: await listAtWork(ctx, params.workspace, params.name) }),
  explain: ({ params }, ctx) => explainStep(ctx, params.workspace, params.id, params.step),
  logs: ({ params, query }, ctx) => readLog(ctx, params.workspace, params.id, params.step, query),
});

async function createJob(
  ctx: Ctx,
  workspace: string,
  { idempotencyKey, sample, code, debug, ...body }: Request<(typeof jobContract)["create"]>["body"],
): Promise<Job> {
  const read = await readBody(ctx, workspace, body);
  const definition = debug ? withDebugger(read, debug) : read;
  return submitJob(ctx, { workspace, trigger: "person", definition, idempotencyKey, sample, code });
}

export async function cancelJob(ctx: Ctx, workspace: string, named: string, reason: string): Promise<Job> {
  return transaction(ctx, async (tx) => {
    const job = await findJob(tx, workspace, named);
    if (job.ended_at === null) {
      await requestCancel(tx, job.execution_id, reason || `cancelled by ${tx.actor.name}`);
      record(tx, { workspace, type: "job.cancel-requested", subject: `job/${job.id}`, reason });
    }
    return jobOf(await findJob(tx, workspace, job.id));
  });
}
