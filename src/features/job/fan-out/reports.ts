import type { Ctx } from "../../../platform/context.ts";
import { findRun, metricHistory } from "../../run/index.ts";
import { isOver } from "../attempt.ts";
import { findStep } from "../store.ts";
import { trialStep } from "./child.ts";
import type { JobChildTable } from "./schema.ts";

const mostReports = 10_000;

/** What a trial has reported of a metric, oldest first. */
export async function reportsOf(
  ctx: Ctx,
  workspace: string,
  child: Pick<JobChildTable, "child_id" | "reports">,
  metric: string,
): Promise<number[]> {
  if (child.reports !== null) return JSON.parse(child.reports) as number[];
  const step = await findStep(ctx.db, child.child_id, trialStep);
  // Between two attempts, what the earlier one reported counts no more.
  if (!step?.run_id || isOver(step)) return [];
  // Somebody has deleted the run, and it was purged: that ends no sweep.
  if (!(await findRun(ctx, workspace, step.run_id))) return [];
  const points = await metricHistory(ctx, workspace, step.run_id, metric, { limit: mostReports });
  return points.map(({ value }) => value).filter((value) => Number.isFinite(value));
}
