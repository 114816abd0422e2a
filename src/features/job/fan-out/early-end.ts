import type { SweepStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { bulkInsert } from "../../../platform/db/bulk.ts";
import { judgedAt, type Mark, marksOf, type Reports, toTerminate } from "../../sweep/index.ts";
import { submittedJob } from "../known.ts";
import type { TrialMarkTable } from "./mark-schema.ts";
import type { Standing } from "./next.ts";
import { reportsOf } from "./reports.ts";
import type { JobChildTable } from "./schema.ts";
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
  return toTerminate(policy, objective.goal, running, await marksAt(ctx, row.id, name, [...places]));
}

const marksAt = (ctx: Ctx, jobId: string, step: string, places: number[]): Promise<Mark[]> =>
  ctx.db
    .selectFrom("trial_mark")
    .select(["number", "at", "best", "mean"])
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("at", "in", places)
    .execute();

const insertMarks = bulkInsert<TrialMarkTable>(
  "trial_mark",
  {
    ...{ job_id: "text", step: "text", at: "integer", number: "integer" },
    ...{ best: "double precision", mean: "double precision" },
  },
  "(job_id, step, at, number) do nothing",
);

/** Keeps of a trial that has ended what the policy of its sweep compares others with. */
export async function keepMarks(
  tx: Ctx,
  { job_id, step, number }: Pick<JobChildTable, "job_id" | "step" | "number">,
  values: number[],
): Promise<void> {
  const sweep = (await submittedJob(tx, job_id)).definition.steps[step];
  if (sweep?.type !== "sweep" || !sweep.earlyTermination) return;
  const marks = marksOf(sweep.earlyTermination, sweep.objective.goal, { number, values });
  await insertMarks(
    tx.db,
    marks.map((mark) => ({ job_id, step, ...mark })),
  );
}
