import type { SweepStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { judgedAt, type Reports, toTerminate } from "../../sweep/index.ts";
import { submittedJob } from "../known.ts";
import { type EndedTrial, insertMarks, marksAt } from "./marks.ts";
import type { Standing } from "./next.ts";
import { reportsOf } from "./reports.ts";
import { listRunning } from "./store.ts";

type Sweep = Pick<Standing<SweepStep>, "row" | "name" | "step">;

/** Trials that the policy ends now. Reads what those report that run; of the others, how they did by then. */
export async function losing(ctx: Ctx, { row, name, step }: Sweep): Promise<Map<number, string>> {
  const { earlyTermination: policy, objective } = step;
  if (!policy) return new Map();
  const running: Reports[] = [];
  for (const child of await listRunning(ctx.db, row.id, name)) {
    const values = await reportsOf(ctx, row.workspace, child, objective.primaryMetric);
    // One that was told to stop does so when its agent hears of it.
    running.push({ number: child.number, values, ended: child.note !== null });
  }
  const judged = running.filter(({ ended }) => !ended);
  const places = new Set(judged.flatMap(({ values }) => judgedAt(policy, values.length)));
  if (places.size === 0) return new Map();
  return toTerminate(policy, objective.goal, running, await marksAt(ctx.db, row.id, name, [...places]));
}

/** Keeps of a trial that has ended what the policy of its sweep compares others with. */
export async function keepMarks(tx: Ctx, trial: EndedTrial, values: number[]): Promise<void> {
  const { definition } = await submittedJob(tx, trial.job_id);
  await insertMarks(tx.db, definition, trial, values);
}
