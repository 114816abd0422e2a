import type { ForeachStep, SweepStep } from "../../../contract/job.ts";
import { type Prepared, post } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { createRun } from "../../run/index.ts";
import { trialCount } from "../../sweep/index.ts";
import { onBehalf } from "../behalf.ts";
import { sourceTagsOf } from "../code-snapshot.ts";
import { registerOutputs } from "../register.ts";
import { resolveInputs, type Surroundings } from "../resolve.ts";
import type { JobTable } from "../schema.ts";
import { addRegistered, markStarted, putStep } from "../store.ts";
import { submitJob } from "../submit.ts";
import { tagsOfJob } from "../tag.ts";
import { insertItems, readItems } from "./items.ts";
import { nextOfLoop } from "./loop.ts";
import { mostStarts, type Start } from "./next.ts";
import type { FanOutTable } from "./schema.ts";
import * as store from "./store.ts";
import { nextOfSweep } from "./sweep.ts";
import { goingOnWith, originOf, takeOver, unfinished } from "./take-over.ts";

/** A step that waits looks again after this long, whatever happens. */
const lookAgainMs = 30_000;

/**
 * Moves a sweep or a loop on: starts jobs, ends jobs, or is done. Called when the step's turn comes, whenever some of
 * its jobs have ended, and from time to time. What it costs depends on what there is to do, not on how many jobs there
 * are: those are counted, not read.
 */
export async function advance(tx: Ctx, row: JobTable, name: string, around: FanOut): Promise<Prepared> {
  const { step, definition } = around;
  const fan = (await store.findFan(tx.db, row.id, name)) ?? (await begin(tx, row, name, around));
  if (fan.taken_to !== null) {
    await takeOver(tx, row.workspace, fan);
    return { do: "again" };
  }
  // What it starts from now on has the name and the tags that the job has now.
  const named = { ...definition, displayName: row.display_name, tags: tagsOfJob(row) };
  const common = { row, definition: named, name, fan };
  const next =
    step.type === "sweep" ? await nextOfSweep(tx, { ...common, step }) : await nextOfLoop(tx, { ...common, step });
  if (typeof next.stop === "string") await stop(tx, fan, next.stop);
  else for (const [number, why] of next.stop ?? []) await stop(tx, fan, why, [number]);
  for (const start of next.start) await startChild(tx, row, name, fan, start);
  if (next.start.length > 0) await store.countStarted(tx.db, fan, next.start);
  if (next.end) {
    if ("error" in next.end) return { do: "fail", error: next.end.error };
    const { result, runId } = next.end;
    const job = { id: row.id, workspace: row.workspace, definition };
    await addRegistered(tx.db, row.id, await registerOutputs(onBehalf(tx, row), job, step, { ...result, runId }));
    return { do: "settle", state: "succeeded", result };
  }
  if (next.again || next.start.length === mostStarts) return { do: "again" };
  return { do: "wait", until: next.lookAt ?? tx.clock.now() + lookAgainMs };
}

/** Has a step of many jobs begun? */
export const hasBegun = async (tx: Ctx, jobId: string, name: string): Promise<boolean> =>
  (await store.findFan(tx.db, jobId, name)) !== undefined;

type FanOut = Surroundings & { step: SweepStep | ForeachStep };

async function begin(tx: Ctx, row: JobTable, name: string, { step, ...around }: FanOut): Promise<FanOutTable> {
  const items = step.type === "foreach" ? await readItems(tx, around, step) : undefined;
  const runId = await createRun(tx, {
    workspace: row.workspace,
    experiment: row.experiment,
    name: Object.keys(around.definition.steps).length === 1 ? row.display_name : `${row.display_name}/${name}`,
    user: row.created_by_name,
    jobId: row.id,
    parentRunId: row.run_id,
    tags: { ...tagsOfJob(row), "trainyard.step": name },
  });
  const inputs = JSON.stringify(await resolveInputs(tx, around, step));
  const fan: FanOutTable = {
    job_id: row.id,
    step: name,
    run_id: runId,
    inputs,
    total: step.type === "sweep" ? trialCount(step) : items!.length,
    metric: step.type === "sweep" ? step.objective.primaryMetric : null,
    started_at: tx.clock.now(),
    ...{ next_number: 0, started: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, stopped: 0, reused: 0 },
    ...(await originOf(tx, row, name, inputs)),
  };
  await store.insertFan(tx.db, fan);
  if (items) await insertItems(tx.db, fan, items);
  await putStep(tx.db, row, { name, run_id: runId, key: null, preimage: null, reuse: null });
  await markStarted(tx, row.id);
  return fan;
}

async function startChild(tx: Ctx, row: JobTable, step: string, fan: FanOutTable, start: Start): Promise<void> {
  const before = await unfinished(tx, fan, start.number);
  const child = await submitJob(onBehalf(tx, row), {
    workspace: row.workspace,
    trigger: `job/${row.id}/${step}`,
    definition: start.definition,
    parent: {
      ...{ jobId: row.id, execution: row.execution_id, step, runId: fan.run_id },
      runTags: { ...sourceTagsOf(row), ...start.tags },
    },
    ...(before ? { origin: await goingOnWith(tx, before) } : {}),
  });
  await store.insertChild(tx.db, {
    job_id: row.id,
    step,
    number: start.number,
    child_id: child.id,
    state: "running",
    given: JSON.stringify(start.given),
    point: start.point ? JSON.stringify(start.point) : null,
    metric: null,
    reports: null,
    outputs: null,
    run_id: null,
    note: null,
    created_at: tx.clock.now(),
    ended_at: null,
  });
}

/** Ends jobs of a step before their time: those of the given numbers, or all that run. */
async function stop(tx: Ctx, { job_id, step }: FanOutTable, why: string, numbers?: number[]): Promise<void> {
  const executions = await store.runningExecutions(tx.db, job_id, step, numbers);
  await store.noteStop(tx.db, job_id, step, { why, numbers });
  await post(tx, executions, { kind: "cancel", reason: why });
}

/** A step that was ended ends its jobs. */
export async function stopChildren(tx: Ctx, jobId: string, step: string, why: string): Promise<void> {
  await post(tx, await store.runningExecutions(tx.db, jobId, step), { kind: "cancel", reason: why });
}
