import type { GateStep, JobDefinition, Step } from "../../contract/job.ts";
import { getTask, listTasks, type Prepared, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { decisionsOf } from "./decide.ts";
import type { OpenGate } from "./gate.ts";
import { isFanOut } from "./graph.ts";
import type { KeyPreimage } from "./key.ts";
import { submittedJob } from "./known.ts";
import { replay } from "./replay.ts";
import { resolveInputs, type StepOutputs, type Surroundings } from "./resolve.ts";
import { areWhole, type Reuse } from "./reuse.ts";
import { reuseOf } from "./reuse-view.ts";
import { isSameStep } from "./same-step.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";

/**
 * Takes the result of a step over from the job that this one goes on with; undefined when it is not to be taken, or
 * its files are not all there any more: then the step is done again.
 */
export async function recover(
  tx: Ctx,
  row: JobTable,
  name: string,
  { step, ...around }: Surroundings & { step: Step },
): Promise<Prepared | undefined> {
  const found = await nearestDone(tx, row, name);
  // Of a sweep or a loop that did not end well, its jobs are taken over one by one when it begins.
  if (!found) return undefined;
  const { origin, task } = found;
  const result = (task.result ?? { outputs: {} }) as StepOutputs;
  if (!(await areWhole(tx, row.workspace, result.outputs))) return undefined;
  const declared = (await submittedJob(tx, origin.id)).definition.steps[name]!;
  const isSame = isSameStep(declared, step);
  if (step.type === "gate" && !(isSame && (await isDecidedOn(tx, around, step, task)))) return undefined;
  const before = await store.findStep(tx.db, origin.id, name);
  // What was itself reused or taken over comes from where it was made.
  const earlier = reuseOf(before?.reuse ?? null);
  const jobId = earlier?.originJobId ?? origin.id;
  const originStep = earlier?.originStep ?? name;
  const how = row.relation === "resume" ? "with which this one goes on" : "which this one runs again";
  const otherwise = isSame ? "" : "; there the step was defined in another way";
  const reason = `taken over from job ${origin.id}, ${how}${otherwise}`;
  const reuse: Reuse = { status: "recovered", key: before?.key ?? null, originJobId: jobId, originStep, reason };
  const preimage = before?.preimage ? (JSON.parse(before.preimage) as KeyPreimage) : null;
  const hit = { outputs: result.outputs, jobId, step: originStep, runId: before?.run_id ?? null };
  const settled = await replay(tx, { row, definition: around.definition, name, step, preimage }, hit, reuse);
  for (const decision of step.type === "gate" ? await decisionsOf(tx, origin.id, name) : []) {
    await tx.db
      .insertInto("job_decision")
      .values({ ...decision, job_id: row.id })
      .execute();
  }
  return settled.do === "settle" ? { ...settled, result } : settled;
}

/** An approval is one of what was shown: with anything else in its place people are asked again. */
async function isDecidedOn(tx: Ctx, around: Surroundings, gate: GateStep, { result }: Task): Promise<boolean> {
  const inputs = await resolveInputs(tx, around, gate);
  return canonicalJson(inputs) === canonicalJson((result as OpenGate).inputs);
}

/** The nearest job before this one that made the step: one between them may have been stopped before its turn came. */
async function nearestDone(
  tx: Ctx,
  row: JobTable,
  name: string,
): Promise<{ origin: JobTable; task: Task } | undefined> {
  for (let job = row; takesOver(job, name); ) {
    job = await store.getJobRow(tx.db, job.origin_job_id!);
    const task = await getTask(tx, job.execution_id, name);
    if (isDone(task)) return { origin: job, task };
  }
  return undefined;
}

const isDone = ({ state }: Task): boolean => state === "succeeded" || state === "reused";

/** Does a job take over what the one that it goes on with made of a step? */
export const takesOver = ({ origin_job_id, recovers }: JobTable, step: string): boolean =>
  origin_job_id !== null && (JSON.parse(recovers ?? "[]") as string[]).includes(step);

/**
 * Steps of a job of which another one can take something over: those that ended well, those of many jobs, and those that
 * it was itself to take over from an earlier one. Where the other one defines a step in another way, its result is taken
 * over as long as it has the outputs that are asked for; the jobs of one that did not end well are not.
 */
export async function stepsToTakeOver(ctx: Ctx, row: JobTable, next: Pick<JobDefinition, "steps">): Promise<string[]> {
  const { steps } = JSON.parse(row.definition) as JobDefinition;
  const names = (await listTasks(ctx, row.execution_id)).flatMap((task) => {
    const { name } = task;
    if (!Object.hasOwn(steps, name) || !Object.hasOwn(next.steps, name)) return [];
    const [had, wanted] = [steps[name]!, next.steps[name]!];
    if (!hasOutputsOf(had, wanted)) return [];
    return isDone(task) || takesOver(row, name) || (isFanOut(task) && isSameStep(had, wanted)) ? [name] : [];
  });
  return names;
}

const hasOutputsOf = (had: Step, wanted: Step): boolean =>
  (had.type ?? "command") === (wanted.type ?? "command") &&
  Object.entries(wanted.outputs).every(
    ([name, { type }]) => Object.hasOwn(had.outputs, name) && had.outputs[name]!.type === type,
  );
