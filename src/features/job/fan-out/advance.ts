import type { ForeachStep, JobDefinition, SweepStep } from "../../../contract/job.ts";
import { type Prepared, requestCancel } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { createRun } from "../../run/index.ts";
import { trialCount } from "../../sweep/index.ts";
import { onBehalf } from "../behalf.ts";
import { sourceTagsOf } from "../code-snapshot.ts";
import { registerOutputs } from "../register.ts";
import { resolveInputs, type StepOutputs, type Surroundings } from "../resolve.ts";
import type { JobTable } from "../schema.ts";
import { addRegistered, markStarted, putStep } from "../store.ts";
import { submitJob } from "../submit.ts";
import { readItems } from "./items.ts";
import { nextOfLoop } from "./loop.ts";
import type { FanOutTable, JobChildTable } from "./schema.ts";
import * as store from "./store.ts";
import { nextOfSweep } from "./sweep.ts";

/** So many jobs are started in one transaction; the next look comes at once. */
const mostStarts = 25;
/** A step that waits looks again after this long, whatever happens. */
const lookAgainMs = 30_000;

/** One more job to start. */
export interface Start {
  number: number;
  definition: JobDefinition;
  given: unknown;
  point?: Record<string, number>;
  tags?: Record<string, string>;
}

/** What a sweep or a loop does next. */
export interface Next {
  start: Start[];
  /** Jobs to end, and why. */
  stop?: Map<number, string>;
  /** Look again at this time. */
  lookAt?: number;
  end?: { result: StepOutputs; runId: string } | { error: string };
}

/** All that deciding needs: how things stand, as one picture. */
export interface Standing<S> {
  row: JobTable;
  definition: JobDefinition;
  name: string;
  step: S;
  fan: FanOutTable;
  children: JobChildTable[];
}

/**
 * Moves a sweep or a loop on: starts jobs, ends jobs, or is done. Called when the step's turn comes, whenever one of
 * its jobs has ended, and from time to time.
 */
export async function advance(tx: Ctx, row: JobTable, name: string, around: FanOut): Promise<Prepared> {
  const { step, definition } = around;
  const fan = (await store.holdFan(tx.db, row.id, name)) ?? (await begin(tx, row, name, around));
  const children = await store.listChildren(tx.db, row.id, name);
  const common = { row, definition, name, fan, children };
  const next =
    step.type === "sweep" ? await nextOfSweep(tx, { ...common, step }) : await nextOfLoop(tx, { ...common, step });
  for (const [number, why] of next.stop ?? []) await stop(tx, row.id, name, number, why);
  for (const start of next.start.slice(0, mostStarts)) await startChild(tx, row, name, fan, start);
  if (next.end) {
    if ("error" in next.end) return { do: "fail", error: next.end.error };
    const { result, runId } = next.end;
    const job = { id: row.id, workspace: row.workspace, definition };
    await addRegistered(tx.db, row.id, await registerOutputs(onBehalf(tx, row), job, step, { ...result, runId }));
    return { do: "settle", state: "succeeded", result };
  }
  if (next.start.length > mostStarts) return { do: "again" };
  return { do: "wait", until: next.lookAt ?? tx.clock.now() + lookAgainMs };
}

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
    tags: { "trainyard.step": name },
  });
  const fan: FanOutTable = {
    job_id: row.id,
    step: name,
    run_id: runId,
    inputs: JSON.stringify(await resolveInputs(tx, around, step)),
    items: items ? JSON.stringify(items) : null,
    total: step.type === "sweep" ? trialCount(step) : items!.length,
    metric: step.type === "sweep" ? step.objective.primaryMetric : null,
    started_at: tx.clock.now(),
    touched: 0,
  };
  await store.insertFan(tx.db, fan);
  await putStep(tx.db, { job_id: row.id, name, run_id: runId, key: null, preimage: null, reuse: null });
  await markStarted(tx, row.id);
  return fan;
}

async function startChild(tx: Ctx, row: JobTable, step: string, fan: FanOutTable, start: Start): Promise<void> {
  const child = await submitJob(onBehalf(tx, row), {
    workspace: row.workspace,
    trigger: `job/${row.id}/${step}`,
    definition: start.definition,
    parent: { jobId: row.id, step, runId: fan.run_id, runTags: { ...sourceTagsOf(row), ...start.tags } },
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

async function stop(tx: Ctx, jobId: string, step: string, number: number, why: string): Promise<void> {
  const running = await store.runningExecutions(tx.db, jobId, step);
  const execution = running.find((child) => child.number === number)?.execution_id;
  if (!execution) return;
  await store.updateChild(tx.db, { job_id: jobId, step, number }, { note: why });
  await requestCancel(tx, execution, why);
}

/** A step that was ended ends its jobs. */
export async function stopChildren(tx: Ctx, jobId: string, step: string, why: string): Promise<void> {
  for (const { execution_id } of await store.runningExecutions(tx.db, jobId, step)) {
    await requestCancel(tx, execution_id, why);
  }
}
