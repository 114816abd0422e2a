import type { JobDefinition, Step } from "../../contract/job.ts";
import { getTask, listTasks, type Prepared, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { decisionsOf } from "./decide.ts";
import { reuseOf } from "./explain.ts";
import { isFanOut } from "./graph.ts";
import type { KeyPreimage } from "./key.ts";
import { replay } from "./replay.ts";
import type { StepOutputs, Surroundings } from "./resolve.ts";
import { areWhole, type Reuse } from "./reuse.ts";
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
  { definition, step }: Surroundings & { step: Step },
): Promise<Prepared | undefined> {
  const found = await nearestDone(tx, row, name);
  // Of a sweep or a loop that did not end well, its jobs are taken over one by one when it begins.
  if (!found) return undefined;
  const { origin, task } = found;
  const result = (task.result ?? { outputs: {} }) as StepOutputs;
  if (!(await areWhole(tx, row.workspace, result.outputs))) return undefined;
  const before = await store.findStep(tx.db, origin.id, name);
  // What was itself reused or taken over comes from where it was made.
  const earlier = reuseOf(before?.reuse ?? null);
  const jobId = earlier?.originJobId ?? origin.id;
  const originStep = earlier?.originStep ?? name;
  const reason = `taken over from job ${origin.id}, ${row.relation === "resume" ? "with which this one goes on" : "which this one runs again"}`;
  const reuse: Reuse = { status: "recovered", key: before?.key ?? null, originJobId: jobId, originStep, reason };
  const preimage = before?.preimage ? (JSON.parse(before.preimage) as KeyPreimage) : null;
  const hit = { outputs: result.outputs, jobId, step: originStep, runId: before?.run_id ?? null };
  const settled = await replay(tx, { row, definition, name, step, preimage }, hit, reuse);
  for (const decision of step.type === "gate" ? await decisionsOf(tx, origin.id, name) : []) {
    await tx.db
      .insertInto("job_decision")
      .values({ ...decision, job_id: row.id })
      .execute();
  }
  return settled.do === "settle" ? { ...settled, result } : settled;
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
 * it was itself to take over from an earlier one.
 */
export async function stepsToTakeOver(ctx: Ctx, row: JobTable): Promise<string[]> {
  const { steps } = JSON.parse(row.definition) as JobDefinition;
  return (await listTasks(ctx, row.execution_id))
    .filter((task) => Object.hasOwn(steps, task.name) && (isDone(task) || isFanOut(task) || takesOver(row, task.name)))
    .map(({ name }) => name);
}
