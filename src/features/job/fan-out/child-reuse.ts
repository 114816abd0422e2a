import { isCommand, type JobDefinition } from "../../../contract/job.ts";
import type { Task } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { isFanOut } from "../graph.ts";
import * as store from "./store.ts";

/** Steps of a job that ended well, and how many of them did not have to run. */
export interface StepReuse {
  steps: number;
  reused: number;
}

/**
 * How much of a job was there already. Only what could have been there counts: no gates, no environments, nothing that
 * was left out or failed. A sweep or a loop counts as one, which is reused when all that it started was.
 */
export async function reuseOfJob(
  tx: Ctx,
  jobId: string,
  { steps }: JobDefinition,
  tasks: Pick<Task, "name" | "kind" | "state">[],
): Promise<StepReuse> {
  const stepOf = ({ name }: Pick<Task, "name">) => (Object.hasOwn(steps, name) ? steps[name] : undefined);
  const ended = tasks.filter(({ state }) => state === "succeeded" || state === "reused");
  const commands = ended.filter((task) => stepOf(task) && isCommand(stepOf(task)!));
  const manyJobs = ended.filter((task) => isFanOut(task));
  const whole = manyJobs.length > 0 ? await reusedFans(tx, jobId) : new Set<string>();
  return {
    steps: commands.length + manyJobs.length,
    reused:
      commands.filter(({ state }) => state === "reused").length + manyJobs.filter(({ name }) => whole.has(name)).length,
  };
}

/** Sweeps and loops of a job that ran nothing new. */
async function reusedFans(tx: Ctx, jobId: string): Promise<Set<string>> {
  const fans = await store.listFans(tx.db, jobId);
  return new Set(fans.filter(({ started, reused }) => reused === started).map(({ step }) => step));
}

/** Was all of it there already? */
export const isReused = ({ steps, reused }: StepReuse): boolean => steps > 0 && reused === steps;
