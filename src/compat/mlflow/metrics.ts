import { Problem } from "../../contract/errors.ts";
import { metricHistory, type PointPosition, sampleHistories } from "../../features/run/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { invalidParameter, missingValue } from "./error.ts";
import { limitOf } from "./page.ts";
import { positionOf, tokenOf } from "./point-page.ts";
import type { Call, Route } from "./route.ts";
import { runIdOf } from "./runs.ts";
import { pointJson } from "./shape.ts";

const read = { permission: "run:read" } as const;

export const metricRoutes: Route[] = [
  { method: "GET", path: "/metrics/get-history", ...read, handler: history },
  { method: "GET", path: "/metrics/get-history-bulk", ...read, handler: bulk },
  { method: "GET", path: "/metrics/get-history-bulk-interval", ...read, handler: interval },
];

const mostPoints = 25_000;
const mostRuns = 100;
const mostSteps = 2500;

async function history({ ctx, workspace, input }: Call) {
  const id = runIdOf(input);
  const key = input.text("metric_key");
  const limit = limitOf(input, { least: 1, most: Number.MAX_SAFE_INTEGER - 1, usual: mostPoints });
  const after = positionOf(input.optionalText("page_token"));
  const found = await pointsOf(ctx, workspace, id, key, { after, limit: limit + 1 });
  const points = found.slice(0, limit);
  const next = found.length > limit ? tokenOf(points.at(-1)!) : undefined;
  return { metrics: points.map(pointJson), next_page_token: next };
}

/** A run that is not there has no points. */
async function pointsOf(
  ctx: Ctx,
  workspace: string,
  id: string,
  key: string,
  page: { after?: PointPosition; limit: number },
) {
  try {
    return await metricHistory(ctx, workspace, id, key, page);
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return [];
    throw error;
  }
}

async function bulk({ ctx, workspace, input }: Call) {
  const ids = input.texts("run_id").sort();
  if (ids.length === 0) throw invalidParameter("GetMetricHistoryBulk request must specify at least one run_id.");
  if (ids.length > mostRuns) {
    throw invalidParameter(
      `GetMetricHistoryBulk request cannot specify more than ${mostRuns} run_ids. Received ${ids.length} run_ids.`,
    );
  }
  const key = input.plainText("metric_key");
  if (key === "") throw invalidParameter("GetMetricHistoryBulk request must specify a metric_key.");
  const limit = Math.min(input.optionalInteger("max_results") ?? mostPoints, mostPoints);
  const metrics: object[] = [];
  for (const id of ids) {
    const points = await pointsOf(ctx, workspace, id, key, { limit: limit - metrics.length });
    metrics.push(...points.map((point) => ({ ...pointJson(point), run_id: id })));
    if (metrics.length >= limit) break;
  }
  return { metrics };
}

/** Points of evenly chosen steps; the first and last step of each run are always among them. */
async function interval({ ctx, workspace, input }: Call) {
  const ids = input.texts("run_ids");
  if (ids.length === 0) throw missingValue("run_ids");
  if (ids.length > mostRuns)
    throw invalidParameter(`GetMetricHistoryBulkInterval request must specify at most ${mostRuns} run_ids.`);
  const key = input.text("metric_key");
  const start = input.optionalInteger("start_step");
  const end = input.optionalInteger("end_step");
  if ((start === undefined) !== (end === undefined))
    throw invalidParameter("If either start step or end step are specified, both must be specified.");
  if (start !== undefined && end! < start)
    throw invalidParameter(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`);
  const most = input.optionalInteger("max_results") ?? mostSteps;
  if (most < 1 || most > mostSteps) throw invalidParameter(`max_results must be between 1 and ${mostSteps}.`);
  const samples = await sampleHistories(ctx, workspace, { runId: ids, key, from: start, to: end, most });
  return {
    metrics: samples.flatMap(({ runId, points }) =>
      points.map((point) => ({ ...pointJson({ ...point, key }), run_id: runId })),
    ),
  };
}
