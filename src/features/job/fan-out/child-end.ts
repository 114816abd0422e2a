import type { JobDefinition } from "../../../contract/job.ts";
import { post, type Task } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { runMetrics } from "../../run/index.ts";
import { submittedJob } from "../known.ts";
import type { StepOutputs } from "../resolve.ts";
import type { JobTable } from "../schema.ts";
import { findStep, getJobRow } from "../store.ts";
import { trialStep } from "./child.ts";
import { isReused, reuseOfJob, type StepReuse } from "./child-reuse.ts";
import { keepMarks } from "./early-end.ts";
import { reportsOf } from "./reports.ts";
import type { ChildState, JobChildTable } from "./schema.ts";
import * as store from "./store.ts";

/** What a trial or an item says to the step that started it. Its tasks keep the outputs alive meanwhile. */
interface ChildEnd {
  jobId: string;
  state: "succeeded" | "failed" | "cancelled";
  error: string | null;
  outputs: StepOutputs["outputs"];
  /** Left out by servers of earlier versions. */
  reuse?: StepReuse;
}

/** A job that a sweep or a loop started has ended: the step is told, and moves on. */
export async function postEnd(
  tx: Ctx,
  row: JobTable,
  ended: { state: ChildEnd["state"]; error: string | null; tasks: Task[] },
): Promise<void> {
  const parent = await getJobRow(tx.db, row.parent_job_id!);
  const { state, error, tasks } = ended;
  const { definition } = await submittedJob(tx, row.id);
  const outputs = outputsOf(definition, tasks);
  const reuse = await reuseOfJob(tx, row.id, definition, tasks);
  const news: ChildEnd = { jobId: row.id, state, error, outputs, reuse };
  await post(tx, [parent.execution_id], { kind: "wake", task: row.parent_step!, news });
}

/** Notes what came of a trial or an item. */
export async function noteEnd(tx: Ctx, workspace: string, news: unknown): Promise<void> {
  const { jobId, state, error, outputs, reuse } = news as ChildEnd;
  const child = await store.findChild(tx.db, jobId);
  if (child?.state !== "running") return;
  const fan = await store.findFan(tx.db, child.job_id, child.step);
  // One that was told to stop may have come to its end all the same.
  const became: Exclude<ChildState, "running"> = state === "cancelled" && child.note !== null ? "stopped" : state;
  await store.updateChild(tx.db, child, {
    ...{ state: became, note: child.note ?? error, outputs: JSON.stringify(outputs), ended_at: tx.clock.now() },
    ...(reuse && { steps: reuse.steps, steps_reused: reuse.reused }),
    ...(await resultOf(tx, workspace, child, fan?.metric ?? null)),
  });
  await store.countEnded(tx.db, child, { state: became, isReused: reuse !== undefined && isReused(reuse) });
}

/** Its run, and what that says of the metric that a sweep looks at. */
async function resultOf(
  tx: Ctx,
  workspace: string,
  child: JobChildTable,
  metric: string | null,
): Promise<Partial<JobChildTable>> {
  const runId =
    (await getJobRow(tx.db, child.child_id)).run_id ??
    (await findStep(tx.db, child.child_id, trialStep))?.run_id ??
    null;
  if (metric === null) return { run_id: runId };
  const value = runId ? ((await runMetrics(tx, runId))[metric] ?? null) : null;
  const reports = await reportsOf(tx, workspace, child, metric);
  await keepMarks(tx, child, reports);
  return {
    run_id: runId,
    metric: value === null || Number.isFinite(value) ? value : null,
    reports: JSON.stringify(reports),
  };
}

/** The outputs of a whole job. */
function outputsOf({ outputs }: JobDefinition, tasks: Task[]): StepOutputs["outputs"] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const found: StepOutputs["outputs"] = {};
  for (const [name, { step, output }] of Object.entries(outputs)) {
    const written = (byName.get(step)?.result as StepOutputs | null)?.outputs?.[output];
    if (written) found[name] = written;
  }
  return found;
}
