import type { EnvironmentPayload } from "../../contract/agent.ts";
import { isCommand } from "../../contract/job.ts";
import type { Execution, ExecutionHooks, Prepared, Task } from "../../engine/index.ts";
import { listTasks } from "../../engine/index.ts";
import { type Ctx, systemActor } from "../../platform/context.ts";
import { record } from "../../platform/events/journal.ts";
import { findLock, recordLock } from "../environment/index.ts";
import { breakOffRun, endRun } from "../run/index.ts";
import { beginAttempt, endAttempt } from "./attempt.ts";
import { requireValues } from "./check-values.ts";
import { acceptCommand, prepareCommand } from "./command-step.ts";
import { advance, hasBegun, noteEnd, postEnd, stopChildren } from "./fan-out/index.ts";
import { endFlight } from "./flight.ts";
import { closeGate, openGate } from "./gate.ts";
import { isFanOut, needsOf } from "./graph.ts";
import { submittedJob } from "./known.ts";
import { recover } from "./recover.ts";
import { type EnvironmentResult, resolveInputs, type StepOutputs, whyNot } from "./resolve.ts";
import * as store from "./store.ts";
import { isTransfer, prepareTransfer, runTransfer } from "./transfer.ts";

/** How jobs take part in the engine. */
export const jobHooks: ExecutionHooks = {
  kind: "job",

  async prepare(tx, execution, task) {
    if (task.kind === "environment") return prepareEnvironment(tx, execution, task);
    if (isTransfer(task)) return prepareTransfer(tx, task, await store.getJobRow(tx.db, execution.subject));
    return prepareStep(tx, execution, task);
  },

  onStart: (tx, execution) => store.markStarted(tx, execution.subject),

  onRetry: (tx, execution, task, failure) => endAttempt(tx, execution, task, failure),

  again: (tx, execution, task) => beginAttempt(tx, execution, task),

  async accept(tx, execution, task, result) {
    if (task.kind === "environment") {
      const input = task.input as EnvironmentPayload;
      const resolved = result as Omit<EnvironmentResult, "digest">;
      if (input.image || input.build)
        return { ...resolved, digest: resolved.lock.replace(/^sha256:/, "") } satisfies EnvironmentResult;
      return recordLock(tx, execution.workspace, input.specification, resolved);
    }
    if (isTransfer(task)) return result;
    return acceptCommand(tx, execution, task, result as StepOutputs);
  },

  async run(ctx, execution, task, signal) {
    return runTransfer(ctx, execution, task, { tasks: await listTasks(ctx, execution.id), signal });
  },

  async onTaskEnd(tx, execution, task) {
    if (isFanOut(task) && task.state !== "succeeded") {
      await stopChildren(tx, execution.subject, task.name, `${task.name} has ${task.state}`);
    }
    const isStep = task.kind !== "environment" && !isTransfer(task);
    const step = isStep ? await store.findStep(tx.db, execution.subject, task.name) : undefined;
    if (!step) return;
    if (step.run_id && task.state !== "reused") await endStepRun(tx, execution, task, step.run_id);
    if (step.key) await endFlight(tx, execution.workspace, step.key, { executionId: execution.id, task: task.name });
  },

  async onWaitEnd(tx, execution, task) {
    const { row, definition } = await submittedJob(tx, execution.subject);
    const step = definition.steps[task.name]!;
    if (step.type === "gate") return closeGate(tx, row, task.name, step);
    if (isCommand(step)) return prepareStep(tx, execution, task);
    const tasks = await neededBy(tx, task);
    return advance(tx, row, task.name, { workspace: row.workspace, definition, tasks, step });
  },

  onNews: (tx, execution, _task, news) => noteEnd(tx, execution.workspace, news),

  async onEnd(tx, execution, tasks) {
    const row = await store.getJobRow(tx.db, execution.subject);
    const state = execution.state as "succeeded" | "failed" | "cancelled";
    await store.endJob(tx, row.id, state, execution.error);
    if (row.run_id)
      await endRun(
        tx,
        row.run_id,
        { succeeded: "FINISHED", failed: "FAILED", cancelled: "KILLED" }[state] as "FINISHED",
      );
    // What a sweep or a loop starts is part of its job, which says what came of it.
    if (row.parent_job_id) return postEnd(tx, row, { state, error: execution.error, tasks });
    record(tx, {
      workspace: row.workspace,
      type: `job.${state}`,
      subject: `job/${row.id}`,
      actor: systemActor,
      data: {
        trigger: row.trigger,
        experiment: row.experiment,
        registered: JSON.parse(row.registered),
        error: execution.error,
        reused: tasks.filter((task) => task.state === "reused").length,
        steps: tasks.length,
      },
    });
  },
};

/** What jobs run inside a sweep or a loop they end themselves. */
async function endStepRun(tx: Ctx, { workspace }: Execution, task: Task, runId: string): Promise<void> {
  if (task.state === "succeeded") return endRun(tx, runId, "FINISHED");
  const state = task.state === "failed" ? "FAILED" : "KILLED";
  return isFanOut(task) ? endRun(tx, runId, state) : breakOffRun(tx, workspace, runId, state);
}

async function prepareEnvironment(tx: Ctx, execution: Execution, task: Task): Promise<Prepared> {
  const input = task.input as EnvironmentPayload;
  const { specification, image, build } = input;
  const known = image || build ? undefined : await findLock(tx, execution.workspace, specification);
  if (known) return { do: "settle", state: "reused", result: known satisfies EnvironmentResult };
  return { do: "queue", payload: input satisfies EnvironmentPayload };
}

/** What a step takes values from. */
const neededBy = async (tx: Ctx, task: Task): Promise<Map<string, Task>> =>
  new Map((await listTasks(tx, task.executionId, task.needs)).map((other) => [other.name, other]));

/** A step's turn has come: not at all when its condition does not hold, else as its kind is done. */
async function prepareStep(tx: Ctx, execution: Execution, task: Task): Promise<Prepared> {
  const { row, definition } = await submittedJob(tx, execution.subject);
  const step = definition.steps[task.name]!;
  // Steps that come first speak for all: nothing of an item with a wrong value runs.
  if (row.parent_job_id !== null && needsOf(step).length === 0) requireValues(definition);
  const tasks = await neededBy(tx, task);
  const around = { workspace: row.workspace, definition, tasks };
  // What has begun to be made again is made to its end.
  const isBegun = isFanOut(task) && (await hasBegun(tx, row.id, task.name));
  const recovered = isBegun ? undefined : await recover(tx, row, task.name, { ...around, step });
  if (recovered) return recovered;
  const because = step.when && (await whyNot(tx, around, step.when));
  if (because) return { do: "skip", because };
  if (step.type === "gate") return openGate(tx, row, task.name, step, await resolveInputs(tx, around, step));
  if (!isCommand(step)) return advance(tx, row, task.name, { ...around, step });
  return prepareCommand(tx, execution, task, row, { ...around, step });
}
