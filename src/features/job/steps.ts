import { notFound } from "../../contract/errors.ts";
import type { Job, JobDefinition, Step, StepView } from "../../contract/job.ts";
import { countStates, getTask, listChanged, pageTasks, revisionOf } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { waitingOf } from "./decide.ts";
import { jobOf } from "./job-of.ts";
import { submittedJob } from "./known.ts";
import { viewSteps } from "./step-view.ts";
import * as store from "./store.ts";

interface Steps {
  job: Job;
  items: StepView[];
  revision: number;
  more: boolean;
  counts: Record<string, number>;
  next?: number;
}

/**
 * Steps of a job: a page of them, or what changed since a revision. The job is read first: one that has ended is shown
 * with all of its steps ended. So is the revision: whoever asks for what changed since misses nothing.
 */
export async function listSteps(
  ctx: Ctx,
  workspace: string,
  id: string,
  query: { since?: number; after: number; limit: number },
): Promise<Steps> {
  const row = await store.findHead(ctx, workspace, id);
  const found =
    query.since === undefined
      ? await pageOf(ctx, row.execution_id, query)
      : await listChanged(ctx, row.execution_id, query.since);
  const { definition } = await submittedJob(ctx, row.id);
  const { tasks, ...rest } = found;
  return {
    ...rest,
    job: jobOf(row, (await waitingOf(ctx, [{ ...row, definition }])).get(row.id)),
    items: await viewSteps(ctx, row, definition, tasks),
    counts: await countStates(ctx, row.execution_id),
  };
}

async function pageOf(ctx: Ctx, executionId: string, page: { after: number; limit: number }) {
  const revision = await revisionOf(ctx, executionId);
  const tasks = await pageTasks(ctx, executionId, { ...page, limit: page.limit + 1 });
  const shown = tasks.slice(0, page.limit);
  const next = tasks.length > page.limit ? shown.at(-1)!.position : undefined;
  return { tasks: shown, revision, more: false, next };
}

/** One step, and what it was submitted as. */
export async function getStep(
  ctx: Ctx,
  workspace: string,
  id: string,
  name: string,
): Promise<{ step: StepView; definition: Step | null }> {
  const row = await store.findHead(ctx, workspace, id);
  const { definition } = await submittedJob(ctx, row.id);
  const task = await getTask(ctx, row.execution_id, name);
  const [step] = await viewSteps(ctx, row, definition, [task]);
  if (!step) throw notFound("step", name);
  return { step, definition: Object.hasOwn(definition.steps, name) ? definition.steps[name]! : null };
}

/** What was submitted, whole. */
export async function getDefinition(ctx: Ctx, workspace: string, id: string): Promise<JobDefinition> {
  const row = await store.findHead(ctx, workspace, id);
  return (await submittedJob(ctx, row.id)).definition;
}
