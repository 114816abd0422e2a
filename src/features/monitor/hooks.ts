import type { ExecutionHooks, Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { record } from "../../platform/events/journal.ts";
import { compareWithProduction } from "./compare.ts";
import type { Compared } from "./compare-program.ts";
import { startRetraining } from "./retrain.ts";
import type { DriftInput } from "./run.ts";
import * as store from "./store.ts";

/** A monitor run: an execution with one task, whose result is the run's. */
export const monitorHooks: ExecutionHooks = {
  kind: "monitor",
  prepare: async () => ({ do: "queue", payload: null }),
  run: (ctx, execution, task, signal) =>
    compareWithProduction(ctx, execution.workspace, inputOf(task).definition, execution.createdAt, signal),
  accept: (tx, execution, task, result) => succeed(tx, execution.workspace, inputOf(task), result as Compared),
  onEnd: async (tx, execution, tasks) => {
    if (execution.state === "succeeded") return;
    const { monitor, number } = inputOf(tasks[0]!);
    const message = tasks[0]!.error ?? execution.error ?? "The run was stopped.";
    const run = { workspace: execution.workspace, monitor, number };
    const ended = await store.endRun(tx.db, run, { state: "failed", message, ended_at: tx.clock.now() });
    if (!ended) return;
    const subject = `monitor/${monitor}`;
    record(tx, { workspace: run.workspace, type: "monitor.run.failed", subject, data: { run: number, message } });
  },
};

const inputOf = (task: Task) => task.input as DriftInput;

async function succeed(tx: Ctx, workspace: string, input: DriftInput, compared: Compared): Promise<unknown> {
  const { monitor, number } = input;
  const subject = `monitor/${monitor}`;
  const { verdict, features } = compared;
  // Of two runs that end at once, the second sees what the first has started.
  await store.takeMonitor(tx.db, workspace, monitor);
  const retraining = verdict === "fail" ? await startRetraining(tx, workspace, input) : { jobId: null, says: "" };
  const message = compared.message + retraining.says;
  const ended = await store.endRun(
    tx.db,
    { workspace, monitor, number },
    {
      state: "succeeded",
      verdict,
      ended_at: tx.clock.now(),
      reference_rows: compared.referenceRows,
      production_rows: compared.productionRows,
      features: JSON.stringify(features),
      message,
      retraining_job_id: retraining.jobId,
    },
  );
  if (!ended) return { verdict };
  const { productionRows } = compared;
  const data = { run: number, verdict, productionRows, message };
  record(tx, { workspace, type: "monitor.run.succeeded", subject, data });
  if (verdict === "fail") {
    const columns = [...new Set(features.filter((feature) => feature.drifted).map((feature) => feature.feature))];
    const { jobId } = retraining;
    record(tx, {
      workspace,
      type: "monitor.alert",
      subject,
      data: { monitor, run: number, message, columns: columns.slice(0, 100), retrainingJobId: jobId },
    });
  }
  return { verdict };
}
