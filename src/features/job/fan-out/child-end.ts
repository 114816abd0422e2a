import type { JobDefinition } from "../../../contract/job.ts";
import { holdExecution, type Task, wakeTask } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { runMetrics } from "../../run/index.ts";
import type { StepOutputs } from "../resolve.ts";
import type { JobTable } from "../schema.ts";
import { findStep, getJobRow } from "../store.ts";
import { trialStep } from "./child.ts";
import { reportsOf } from "./reports.ts";
import * as store from "./store.ts";

/** A job that a sweep or a loop started has ended: what came of it is noted, and the step moves on. */
export async function endChild(
  tx: Ctx,
  row: JobTable,
  state: "succeeded" | "failed" | "cancelled",
  tasks: Task[],
  error: string | null,
): Promise<void> {
  const child = await store.findChild(tx.db, row.id);
  if (!child) return;
  const parent = await getJobRow(tx.db, child.job_id);
  // Who plans the parent holds its execution, then the row of the step: taken in another order, two that do both would
  // wait for each other. The task is woken last: while a plan is under way it does not wait yet, and would sleep on.
  await holdExecution(tx, parent.execution_id);
  const fan = await store.holdFan(tx.db, child.job_id, child.step);
  const runId = row.run_id ?? (await findStep(tx.db, row.id, trialStep))?.run_id ?? null;
  const metric = fan?.metric && runId ? ((await runMetrics(tx, runId))[fan.metric] ?? null) : null;
  await store.updateChild(tx.db, child, {
    // One that was told to stop may have come to its end all the same.
    state: state === "cancelled" && child.note !== null ? "stopped" : state,
    run_id: runId,
    metric: metric === null || Number.isFinite(metric) ? metric : null,
    reports: fan?.metric ? JSON.stringify(await reportsOf(tx, row.workspace, child, fan.metric)) : null,
    outputs: JSON.stringify(outputsOf(JSON.parse(row.definition) as JobDefinition, tasks)),
    note: child.note ?? error,
    ended_at: tx.clock.now(),
  });
  await wakeTask(tx, parent.execution_id, child.step);
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
