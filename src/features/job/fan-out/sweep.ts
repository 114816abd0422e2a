import type { SweepStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { setTags } from "../../run/index.ts";
import { type Reports, type Trial, type Tried, toTerminate, trialOf } from "../../sweep/index.ts";
import type { ResolvedInput } from "../key.ts";
import type { StepOutputs } from "../resolve.ts";
import type { Next, Standing, Start } from "./advance.ts";
import { trialDefinition } from "./child.ts";
import { reportsOf } from "./reports.ts";
import type { JobChildTable } from "./schema.ts";

/** How often a sweep that may end trials early looks at what they report. */
const lookEveryMs = 5000;
/** When so many trials came first and all failed, the rest would too. */
const hopeless = 10;

/** What a sweep does next. */
export async function nextOfSweep(ctx: Ctx, standing: Standing<SweepStep>): Promise<Next> {
  const { step, fan, children } = standing;
  const running = children.filter(({ state }) => state === "running");
  const ended = children.filter(({ state }) => state !== "running");
  const deadline = step.limits.timeoutSeconds ? fan.started_at + step.limits.timeoutSeconds * 1000 : undefined;
  const isLate = deadline !== undefined && ctx.clock.now() >= deadline;
  const isHopeless = ended.length >= hopeless && ended.every(({ state }) => state === "failed");
  const start = isLate || isHopeless ? [] : nextTrials(standing, running.length);
  const stop = isLate ? everyOne(running, "the sweep's time is over") : await losing(ctx, standing);
  if (running.length === 0 && start.length === 0) return { start, end: await finish(ctx, standing) };
  const lookAt = step.earlyTermination ? ctx.clock.now() + lookEveryMs : undefined;
  const times = [lookAt, isLate ? undefined : deadline].filter((time) => time !== undefined);
  return { start, stop, ...(times.length > 0 ? { lookAt: Math.min(...times) } : {}) };
}

const everyOne = (children: JobChildTable[], why: string): Map<number, string> =>
  new Map(children.map(({ number }) => [number, why]));

function nextTrials({ row, definition, name, step, fan, children }: Standing<SweepStep>, running: number): Start[] {
  const inputs = JSON.parse(fan.inputs) as Record<string, ResolvedInput>;
  const tried: Tried[] = children.map(({ point, metric, state }) => ({
    point: JSON.parse(point!) as Trial["point"],
    metric,
    ended: state !== "running",
  }));
  const start: Start[] = [];
  for (let number = children.length; running + start.length < step.limits.maxConcurrentTrials; number++) {
    const trial = trialOf(step, number, row.id, tried);
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

/** Trials that the policy ends now. */
async function losing(ctx: Ctx, { row, step, children }: Standing<SweepStep>): Promise<Map<number, string>> {
  if (!step.earlyTermination) return new Map();
  const reports: Reports[] = [];
  for (const child of children) {
    const values = await reportsOf(ctx, row.workspace, child, step.objective.primaryMetric);
    // One that was told to stop does so when its agent hears of it.
    reports.push({ number: child.number, values, ended: child.state !== "running" || child.note !== null });
  }
  return toTerminate(step.earlyTermination, step.objective.goal, reports);
}

async function finish(ctx: Ctx, { row, step, fan, children }: Standing<SweepStep>): Promise<NonNullable<Next["end"]>> {
  const best = bestTrial(step.objective.goal, children);
  const { primaryMetric } = step.objective;
  if (!best) {
    const failed = children.find(({ state }) => state === "failed");
    if (children.some(({ state }) => state === "succeeded")) {
      return {
        error: `No trial logged the metric "${primaryMetric}"; log it with mlflow.log_metric, or name another primary metric.`,
      };
    }
    const first = failed ? ` Trial ${failed.number}: ${failed.note}` : "";
    return { error: `None of ${children.length} trials succeeded.${first}` };
  }
  await setTags(ctx, row.workspace, fan.run_id, [
    ["trainyard.sweep.best_trial", String(best.number)],
    [`trainyard.sweep.best.${primaryMetric}`, String(best.metric)],
  ]);
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
