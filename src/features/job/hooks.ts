import type { StepPayload } from "../../contract/agent.ts";
import { type CommandStep, isCommand, type JobDefinition } from "../../contract/job.ts";
import type { Execution, ExecutionHooks, Prepared, Task } from "../../engine/index.ts";
import { listTasks } from "../../engine/index.ts";
import { type Ctx, systemActor } from "../../platform/context.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { mayReachNetwork, noteOf } from "../compute/index.ts";
import { findLock, recordLock } from "../environment/index.ts";
import { createRun, endRun } from "../run/index.ts";
import { onBehalf } from "./behalf.ts";
import { advance, endChild, stopChildren } from "./fan-out/index.ts";
import { closeGate, openGate } from "./gate.ts";
import type { EnvironmentInput } from "./graph.ts";
import { preimageOf } from "./key.ts";
import { registerOutputs } from "./register.ts";
import {
  type EnvironmentResult,
  resolveEnvironment,
  resolveInputs,
  type StepOutputs,
  type Surroundings,
  whyNot,
} from "./resolve.ts";
import { endFlight, explain, findHit, type Reuse, takeFlight } from "./reuse.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";
import { withValues } from "./value.ts";

/** How jobs take part in the engine. */
export const jobHooks: ExecutionHooks = {
  kind: "job",

  async prepare(tx, execution, task) {
    const row = await store.getJobRow(tx.db, execution.subject);
    if (task.kind === "environment") return prepareEnvironment(tx, execution, task);
    return prepareStep(tx, execution, task, row);
  },

  onStart: (tx, execution) => store.markStarted(tx, execution.subject),

  async accept(tx, execution, task, result) {
    if (task.kind === "environment") {
      const input = task.input as EnvironmentInput;
      const resolved = result as { platform: string; lock: string };
      return recordLock(tx, execution.workspace, input.specification, resolved);
    }
    return acceptStep(tx, execution, task, result as StepOutputs);
  },

  async onTaskEnd(tx, execution, task) {
    if (isFanOut(task) && task.state !== "succeeded") {
      await stopChildren(tx, execution.subject, task.name, `${task.name} has ${task.state}`);
    }
    const step = task.kind === "environment" ? undefined : await store.findStep(tx.db, execution.subject, task.name);
    if (!step) return;
    if (step.run_id && task.state !== "reused") {
      await endRun(
        tx,
        step.run_id,
        task.state === "succeeded" ? "FINISHED" : task.state === "failed" ? "FAILED" : "KILLED",
      );
    }
    if (step.key) await endFlight(tx, execution.workspace, step.key, { executionId: execution.id, task: task.name });
  },

  async onWaitEnd(tx, execution, task) {
    const row = await store.getJobRow(tx.db, execution.subject);
    const definition = JSON.parse(row.definition) as JobDefinition;
    const step = definition.steps[task.name]!;
    if (step.type === "gate") return closeGate(tx, row, task.name, step);
    if (isCommand(step)) throw new Error(`Step ${task.name} does not wait for a time`);
    const tasks = new Map((await listTasks(tx, execution.id)).map((other) => [other.name, other]));
    return advance(tx, row, task.name, { workspace: row.workspace, definition, tasks, step });
  },

  async onEnd(tx, execution, tasks) {
    const row = await store.getJobRow(tx.db, execution.subject);
    const state = execution.state as "succeeded" | "failed" | "cancelled";
    await store.endJob(tx, row.id, state, execution.error);
    if (row.parent_job_id) await endChild(tx, row, state, tasks, execution.error);
    if (row.run_id)
      await endRun(
        tx,
        row.run_id,
        { succeeded: "FINISHED", failed: "FAILED", cancelled: "KILLED" }[state] as "FINISHED",
      );
    // What a sweep or a loop starts is part of its job, which says what came of it.
    if (row.parent_job_id) return;
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

const isFanOut = ({ kind }: Task): boolean => kind === "sweep" || kind === "foreach";

async function prepareEnvironment(tx: Ctx, execution: Execution, task: Task): Promise<Prepared> {
  const input = task.input as EnvironmentInput;
  const known = await findLock(tx, execution.workspace, input.specification);
  if (known) return { do: "settle", state: "reused", result: known satisfies EnvironmentResult };
  return { do: "queue", payload: { name: input.name, condaFile: input.condaFile, specification: input.specification } };
}

/** A step's turn has come: not at all when its condition does not hold, else as its kind is done. */
async function prepareStep(tx: Ctx, execution: Execution, task: Task, row: JobTable): Promise<Prepared> {
  const definition = JSON.parse(row.definition) as JobDefinition;
  const step = definition.steps[task.name]!;
  const tasks = new Map((await listTasks(tx, execution.id)).map((other) => [other.name, other]));
  const around = { workspace: row.workspace, definition, tasks };
  const because = step.when && (await whyNot(tx, around, step.when));
  if (because) return { do: "skip", because };
  if (step.type === "gate") return openGate(tx, row, task.name, step, await resolveInputs(tx, around, step));
  if (!isCommand(step)) return advance(tx, row, task.name, { ...around, step });
  return prepareCommand(tx, execution, task, row, { ...around, step });
}

async function prepareCommand(
  tx: Ctx,
  execution: Execution,
  task: Task,
  row: JobTable,
  { step, ...around }: Surroundings & { step: CommandStep },
): Promise<Prepared> {
  const { definition, tasks } = around;
  const inputs = await resolveInputs(tx, around, step);
  const environment = resolveEnvironment(step, task, tasks);
  const preimage = preimageOf(step, inputs, environment.key);
  const reuse = await decideReuse(tx, execution, task, { row, definition, step, preimage });
  if (reuse.settled) return reuse.settled;
  const runId = await startRun(tx, row, definition, task.name);
  await store.putStep(tx.db, {
    job_id: row.id,
    name: task.name,
    run_id: runId,
    key: reuse.key,
    preimage: reuse.key ? canonicalJson(preimage) : null,
    reuse: JSON.stringify(reuse.reuse),
  });
  return {
    do: "queue",
    payload: {
      command: step.command,
      code: step.code,
      environment: environment.lock,
      image: step.environment.condaFile === null ? step.environment.image : null,
      environmentVariables: step.environmentVariables,
      inputs: Object.fromEntries(Object.keys(step.inputs).map((name) => [name, inputs[name] ?? null])),
      outputs: preimage.outputs,
      runId,
      experiment: row.experiment,
      network: step.network || (await mayReachNetwork(tx, task.compute)),
      notes: [noteOf(step.compute, task.compute)].filter((note) => note !== null),
    } satisfies StepPayload,
  };
}

interface Candidate {
  row: JobTable;
  definition: JobDefinition;
  step: CommandStep;
  preimage: ReturnType<typeof preimageOf>;
}

/** Reuse an earlier result, wait for the one being made, or run. */
async function decideReuse(
  tx: Ctx,
  execution: Execution,
  task: Task,
  { row, definition, step, preimage }: Candidate,
): Promise<{ settled?: Prepared; key: string | null; reuse: Reuse }> {
  const nothing = { key: null, originJobId: null };
  if (!step.deterministic) {
    return { key: null, reuse: { ...nothing, status: "disabled", reason: "the step is declared not deterministic" } };
  }
  if (definition.forceRerun) {
    return { key: null, reuse: { ...nothing, status: "disabled", reason: "the job asks for everything to run again" } };
  }
  const key = sha256(canonicalJson(preimage));
  const stepRow = { job_id: row.id, name: task.name, key, preimage: canonicalJson(preimage) };
  let hit = await findHit(tx, row.workspace, key);
  if (!hit) {
    if (!(await takeFlight(tx, row.workspace, key, { executionId: execution.id, task: task.name }))) {
      const reuse: Reuse = { status: "waiting", key, originJobId: null, reason: "another job runs the same step now" };
      await store.putStep(tx.db, { ...stepRow, run_id: null, reuse: JSON.stringify(reuse) });
      return { key, reuse, settled: { do: "wait" } };
    }
    // The one that ran it may have ended between the two looks.
    hit = await findHit(tx, row.workspace, key);
  }
  if (hit) {
    const reuse: Reuse = {
      status: "hit",
      key,
      originJobId: hit.jobId,
      reason: `same command, code, environment and inputs as step ${hit.step} of job ${hit.jobId}`,
    };
    await store.putStep(tx.db, { ...stepRow, run_id: hit.runId, reuse: JSON.stringify(reuse) });
    const job = { id: row.id, workspace: row.workspace, definition };
    const registered = await registerOutputs(onBehalf(tx, row), job, step, hit);
    await store.addRegistered(tx.db, row.id, registered);
    return { key, reuse, settled: { do: "settle", state: "reused", result: { outputs: hit.outputs } } };
  }
  const reason = await explain(tx, row.workspace, task.name, row.experiment, preimage);
  return { key, reuse: { status: "miss", key, originJobId: null, reason } };
}

async function startRun(tx: Ctx, row: JobTable, definition: JobDefinition, step: string): Promise<string> {
  return createRun(tx, {
    workspace: row.workspace,
    experiment: row.experiment,
    name: definition.type === "command" ? row.display_name : `${row.display_name}/${step}`,
    user: row.created_by_name,
    jobId: row.id,
    parentRunId: row.run_id ?? row.parent_run_id,
    tags: { ...(JSON.parse(row.run_tags ?? "{}") as Record<string, string>), "trainyard.step": step },
  });
}

async function acceptStep(tx: Ctx, execution: Execution, task: Task, result: StepOutputs): Promise<StepOutputs> {
  const row = await store.getJobRow(tx.db, execution.subject);
  const definition = JSON.parse(row.definition) as JobDefinition;
  const step = await store.findStep(tx.db, row.id, task.name);
  const declared = definition.steps[task.name]!;
  const outputs = await withValues(tx, row.workspace, task.name, declared, result.outputs);
  const done = { outputs, runId: step?.run_id ?? null };
  const job = { id: row.id, workspace: row.workspace, definition };
  await store.addRegistered(tx.db, row.id, await registerOutputs(onBehalf(tx, row), job, declared, done));
  if (step?.key) {
    await store.keepResult(tx.db, {
      workspace: row.workspace,
      key: step.key,
      job_id: row.id,
      step: task.name,
      run_id: step.run_id,
      outputs: JSON.stringify(outputs),
      created_at: tx.clock.now(),
    });
  }
  return { outputs };
}
