import type { SweepStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { attempt } from "../../../platform/db/attempt.ts";
import { setTags } from "../../run/index.ts";
import { type Trial, type Tried, trialOf } from "../../sweep/index.ts";
import type { ResolvedInput } from "../key.ts";
import type { StepOutputs } from "../resolve.ts";
import { trialDefinition } from "./child.ts";
import { losing } from "./early-end.ts";
import { mostStarts, type Next, type Standing, type Start } from "./next.ts";
import type { JobChildTable } from "./schema.ts";
import * as store from "./store.ts";
import { timeIsOver, unfinished } from "./take-over.ts";

/** How often a sweep that may end trials early looks at what they report. */
const lookEveryMs = 5000;
/** When so many trials came first and all failed, the rest would too. */
const hopeless = 10;

/** What a sweep does next. */
export async function nextOfSweep(ctx: Ctx, standing: Standing<SweepStep>): Promise<Next> {
  const { step, fan } = standing;
  const deadline = step.limits.timeoutSeconds ? fan.started_at + step.limits.timeoutSeconds * 1000 : undefined;
  const isLate = deadline !== undefined && ctx.clock.now() >= deadline;
  const isHopeless = fan.failed >= hopeless && fan.failed === fan.started - fan.running;
  const start = isLate || isHopeless ? [] : await nextTrials(ctx, standing);
  const stop = isLate ? timeIsOver : await losing(ctx, standing);
  if (fan.running === 0 && start.length === 0) return { start, end: await finish(ctx, standing) };
  const lookAt = step.earlyTermination ? ctx.clock.now() + lookEveryMs : undefined;
  const times = [lookAt, isLate ? undefined : deadline].filter((time) => time !== undefined);
  return { start, stop, ...(times.length > 0 ? { lookAt: Math.min(...times) } : {}) };
}

async function nextTrials(ctx: Ctx, standing: Standing<SweepStep>): Promise<Start[]> {
  const { row, definition, name, step, fan } = standing;
  const room = Math.min(step.limits.maxConcurrentTrials - fan.running, mostStarts);
  if (room <= 0 || fan.started >= fan.total) return [];
  const inputs = JSON.parse(fan.inputs) as Record<string, ResolvedInput>;
  const tried = await listTried(ctx, standing);
  const start: Start[] = [];
  for (const number of await store.freeNumbers(ctx.db, fan, room)) {
    const before = await unfinished(ctx, fan, number);
    const trial = before ? earlierTrial(before) : trialOf(step, number, fan.seed ?? row.id, tried);
    if (!trial) break;
    tried.push({ point: trial.point, metric: null, ended: false });
    start.push({
      number,
      given: trial.values,
      point: trial.point,
      tags: Object.fromEntries(
        Object.entries(trial.values).map(([key, value]) => [`trainyard.sweep.${key}`, String(value)]),
      ),
      definition: trialDefinition(definition, name, step, inputs, { number, values: trial.values }),
    });
  }
  return start;
}

/** Tried again with the values that it had. */
const earlierTrial = ({ given, point }: JobChildTable): Trial => ({
  values: JSON.parse(given) as Trial["values"],
  point: JSON.parse(point!) as Trial["point"],
});

/** The trials so far, if the next ones depend on them. */
async function listTried(ctx: Ctx, { row, name, step }: Standing<SweepStep>): Promise<Tried[]> {
  if (step.sampling.type !== "bayesian") return [];
  const children = await store.listPoints(ctx.db, row.id, name);
  return children.map(({ point, metric, state }) => ({
    point: JSON.parse(point!) as Trial["point"],
    metric,
    ended: state !== "running",
  }));
}

async function finish(ctx: Ctx, { row, name, step, fan }: Standing<SweepStep>): Promise<NonNullable<Next["end"]>> {
  const best = bestTrial(step.objective.goal, await store.listChildren(ctx.db, row.id, name, "succeeded"));
  const { primaryMetric } = step.objective;
  if (!best) {
    if (fan.succeeded > 0) {
      return {
        error: `No trial logged the metric "${primaryMetric}"; log it with mlflow.log_metric, or name another primary metric.`,
      };
    }
    const failed = fan.failed > 0 ? await store.firstFailed(ctx.db, row.id, name) : undefined;
    const first = failed ? ` Trial ${failed.number}: ${failed.note}` : "";
    return { error: `None of ${fan.started} trials succeeded.${first}` };
  }
  const tags: [string, string][] = [
    ["trainyard.sweep.best_trial", String(best.number)],
    [`trainyard.sweep.best.${primaryMetric}`, String(best.metric)],
  ];
  const tagged = await attempt(ctx, () => setTags(ctx, row.workspace, fan.run_id, tags));
  // Somebody has deleted it.
  if (!tagged.done) ctx.log.info("the run of a sweep is not tagged", { job: row.id, step: name, error: tagged.error });
  const outputs = JSON.parse(best.outputs ?? "{}") as StepOutputs["outputs"];
  const wanted = Object.keys(step.outputs).flatMap((name) => (outputs[name] ? [[name, outputs[name]] as const] : []));
  return { result: { outputs: Object.fromEntries(wanted) }, runId: best.run_id ?? fan.run_id };
}

/** Of the trials that ended well, the one with the best last value of the metric; the earlier of two alike. */
export function bestTrial(goal: "minimize" | "maximize", children: JobChildTable[]): JobChildTable | undefined {
  const sign = goal === "minimize" ? 1 : -1;
  return children
    .filter(({ state, metric }) => state === "succeeded" && metric !== null && Number.isFinite(metric))
    .toSorted((a, b) => sign * (a.metric! - b.metric!) || a.number - b.number)[0];
}
