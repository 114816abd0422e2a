import type { JobDefinition, JobOrigin } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { submittedJob } from "../known.ts";
import { stepsToTakeOver, takesOver } from "../recover.ts";
import type { StepOutputs } from "../resolve.ts";
import { areWhole } from "../reuse.ts";
import { isSameStep } from "../same-step.ts";
import type { JobTable } from "../schema.ts";
import { getJobRow } from "../store.ts";
import { keepMarks } from "./early-end.ts";
import { itemsAt } from "./items.ts";
import type { FanOutTable, JobChildTable } from "./schema.ts";
import * as store from "./store.ts";

/** So many jobs are looked at in one transaction, or fewer when there is much to read of them. */
const atOnce = 100;
const bytesAtOnce = 64 << 20;

/** Why a sweep stops trials that did nothing wrong. */
export const timeIsOver = "the sweep's time is over";

type Origin = Pick<FanOutTable, "seed" | "from_job_id" | "taken_to">;

/** What the job that this one goes on with had begun of a step; nothing when its inputs were others. */
export async function originOf(tx: Ctx, row: JobTable, step: string, inputs: string): Promise<Origin> {
  const before = await earlierFan(tx, row, step);
  if (before?.inputs !== inputs || !(await isDefinedAlike(tx, row, before.job_id, step)))
    return { seed: null, from_job_id: null, taken_to: null };
  return { seed: before.seed ?? before.job_id, from_job_id: before.job_id, taken_to: -1 };
}

async function isDefinedAlike(tx: Ctx, row: JobTable, before: string, step: string): Promise<boolean> {
  const [had, has] = await Promise.all([before, row.id].map(async (id) => (await submittedJob(tx, id)).definition));
  return isSameStep(had!.steps[step]!, has!.steps[step]!);
}

/** The step as the nearest job before this one began it: one between them may have ended before its turn came. */
async function earlierFan(tx: Ctx, row: JobTable, step: string): Promise<FanOutTable | undefined> {
  for (let job = row; takesOver(job, step); job = await getJobRow(tx.db, job.origin_job_id!)) {
    const fan = await store.findFan(tx.db, job.origin_job_id!, step);
    if (fan?.taken_to === null) return fan;
  }
  return undefined;
}

/** Takes over what had ended well, some jobs at a time: by reference, as children of both steps. */
export async function takeOver(tx: Ctx, workspace: string, fan: FanOutTable): Promise<void> {
  if (fan.from_job_id === null || fan.taken_to === null) return;
  const page = { after: fan.taken_to, limit: atOnce };
  const some = await store.pageChildren(tx.db, fan.from_job_id, fan.step, page);
  const present = await presentOf(tx, fan, some);
  let read = 0;
  let last: number | undefined;
  for (const child of some) {
    if (read >= bytesAtOnce) break;
    last = child.number;
    if (!isDone(fan, child) || !present.has(child.number)) continue;
    const outputs = JSON.parse(child.outputs ?? "{}") as StepOutputs["outputs"];
    for (const { size } of Object.values(outputs)) read += size;
    // What is damaged is made again.
    if (!(await areWhole(tx, workspace, outputs))) continue;
    const note = child.note ?? `taken over from job ${fan.from_job_id}`;
    const taken = { ...child, job_id: fan.job_id, steps_reused: child.steps, note };
    await store.insertChild(tx.db, taken);
    if (child.reports !== null) await keepMarks(tx, taken, JSON.parse(child.reports) as number[]);
    await store.countTaken(tx.db, fan, child.state);
  }
  const isLast = some.length < atOnce && last === some.at(-1)?.number;
  await store.setTaken(tx.db, fan, isLast ? null : last!);
}

/** A trial that was ended because it did badly has told what it had to tell. */
const isDone = ({ metric }: FanOutTable, { state, note }: JobChildTable): boolean =>
  state === "succeeded" || (metric !== null && state === "stopped" && note !== timeIsOver);

/** Numbers of those that are what the step does under the same number: items may come from a step that has run again. */
async function presentOf(ctx: Ctx, fan: FanOutTable, children: JobChildTable[]): Promise<Set<number>> {
  const numbers = children.map(({ number }) => number).filter((number) => number < fan.total);
  if (fan.metric !== null) return new Set(numbers);
  const items = await itemsAt(ctx.db, fan, numbers);
  const same = children.filter(({ number, given }) => JSON.stringify(items.get(number)) === given);
  return new Set(same.map(({ number }) => number));
}

/** The job of this number that did not end well before, whose work is gone on with. */
export async function unfinished(tx: Ctx, fan: FanOutTable, number: number): Promise<JobChildTable | undefined> {
  if (fan.from_job_id === null) return undefined;
  const child = await store.findChildAt(tx.db, { job_id: fan.from_job_id, step: fan.step, number });
  if (!child || isDone(fan, child)) return undefined;
  return (await presentOf(tx, fan, [child])).has(number) ? child : undefined;
}

/** How a job goes on with an earlier one of the same number. */
export async function goingOnWith(tx: Ctx, child: JobChildTable): Promise<JobOrigin & { recovers: string[] }> {
  const row = await getJobRow(tx.db, child.child_id);
  // One that is still being stopped has no end that could be gone on with.
  const same = JSON.parse(row.definition) as JobDefinition;
  const recovers = row.ended_at === null ? [] : await stepsToTakeOver(tx, row, same);
  return { jobId: row.id, relation: "resume", step: null, recovers };
}
