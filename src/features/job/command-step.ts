import type { StepPayload } from "../../contract/agent.ts";
import type { CommandStep } from "../../contract/job.ts";
import type { Execution, Prepared, Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { attempt } from "../../platform/db/attempt.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { confinementOf, noteOf } from "../compute/index.ts";
import { createRun } from "../run/index.ts";
import { onBehalf } from "./behalf.ts";
import { unhurried } from "./debug.ts";
import { decideReuse } from "./decide-reuse.ts";
import { type KeyPreimage, preimageOf } from "./key.ts";
import { submittedJob } from "./known.ts";
import { registerOutputs } from "./register.ts";
import { resolveEnvironment, resolveInputs, type StepOutputs, type Surroundings } from "./resolve.ts";
import type { Reuse } from "./reuse.ts";
import type { JobStepTable, JobTable } from "./schema.ts";
import { changedSecret, secretsInKey } from "./secrets.ts";
import { runOf } from "./step-run.ts";
import * as store from "./store.ts";
import { withValues } from "./value.ts";

/** A command's turn has come: its result is reused, awaited, or made. */
export async function prepareCommand(
  tx: Ctx,
  execution: Execution,
  task: Task,
  row: JobTable,
  { step, ...around }: Surroundings & { step: CommandStep },
): Promise<Prepared> {
  const { definition, tasks } = around;
  const inputs = await resolveInputs(tx, around, step);
  const environment = resolveEnvironment(step, task, tasks);
  const { isContainer, network } = await confinementOf(tx, task.compute, step);
  const runsIn = isContainer ? environment.key : standIn(environment.key);
  const secrets = await secretsInKey(tx, row.workspace, step);
  const preimage = preimageOf(step, { inputs, environment: runsIn, network, gpus: task.resources.gpus, secrets });
  const { reuse, settled } = await decideReuse(tx, execution, task, { row, definition, step, preimage });
  if (settled) return settled;
  const runId = await createRun(tx, runOf(row, definition, task.name));
  await store.putStep(tx.db, row, {
    name: task.name,
    run_id: runId,
    key: reuse.key,
    preimage: canonicalJson(preimage),
    reuse: JSON.stringify(reuse),
  });
  const payload: StepPayload = {
    command: step.command,
    code: step.code,
    environment: environment.lock,
    image: environment.image,
    imageSource: environment.imageSource,
    environmentVariables: step.environmentVariables,
    secrets: step.secrets ?? {},
    inputs: Object.fromEntries(Object.keys(step.inputs).map((name) => [name, inputs[name] ?? null])),
    outputs: preimage.outputs,
    runId,
    experiment: row.experiment,
    cpuLimit: step.resources.cpus ?? null,
    debug: step.debug,
    network: network === true,
    parallel: unhurried(step).parallel ?? null,
    distribution: step.distribution ?? null,
    job: row.name,
    container: step.container ?? null,
    notes: notesOn(step, task, isContainer),
  };
  return { do: "queue", payload };
}

/** The machine's own interpreter in place of an image is not the image: neither reuses what the other made. */
const standIn = (key: KeyPreimage["environment"]): KeyPreimage["environment"] =>
  key !== null && "image" in key ? { ...key, standIn: true } : key;

function notesOn(step: CommandStep, task: Task, isContainer: boolean): string[] {
  const unused = step.container && !isContainer ? noContainer : null;
  return [noteOf(step.compute, task.compute), unused].filter((note) => note !== null);
}

const noContainer = "The job says how the step's container is made (shm_size, docker_args); it runs as a process here.";

/** A command has ended well: what it wrote is checked, registered and kept. */
export async function acceptCommand(
  tx: Ctx,
  execution: Execution,
  task: Task,
  result: StepOutputs,
): Promise<StepOutputs> {
  const { row, definition } = await submittedJob(tx, execution.subject);
  const step = await store.findStep(tx.db, row.id, task.name);
  const declared = definition.steps[task.name]!;
  const outputs = await withValues(tx, row.workspace, task.name, declared, result.outputs);
  const done = { outputs, runId: step?.run_id ?? null };
  const job = { id: row.id, workspace: row.workspace, definition };
  await store.addRegistered(tx.db, row.id, await registerOutputs(onBehalf(tx, row), job, declared, done));
  if (step?.key) await keepForReuse(tx, row, step, step.key, outputs);
  return { outputs };
}

/** A result that cannot be kept is still the step's result. */
async function keepForReuse(
  tx: Ctx,
  row: JobTable,
  step: JobStepTable,
  key: string,
  outputs: StepOutputs["outputs"],
): Promise<void> {
  const kept = await attempt(tx, async () => {
    const changed = await changedSecret(tx, row.workspace, JSON.parse(step.preimage!) as KeyPreimage);
    if (changed !== undefined) throw new Error(`the secret ${changed} was changed while it ran`);
    await store.keepResult(tx.db, {
      workspace: row.workspace,
      key,
      job_id: row.id,
      step: step.name,
      run_id: step.run_id,
      outputs: JSON.stringify(outputs),
      created_at: tx.clock.now(),
    });
  });
  if (kept.done) return;
  tx.log.warn("the result of a step could not be kept for reuse", { job: row.id, step: step.name, error: kept.error });
  const said = kept.error instanceof Error ? kept.error.message : String(kept.error);
  const reuse: Reuse = {
    ...(JSON.parse(step.reuse!) as Reuse),
    status: "put_failed",
    reason: `it ran, but its result could not be kept for reuse: ${said.slice(0, 500)}`,
  };
  await store.putStep(tx.db, row, { ...step, reuse: JSON.stringify(reuse) });
}
