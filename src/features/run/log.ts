import type { Ctx } from "../../platform/context.ts";
import { sumUp } from "./block.ts";
import { listPoints, type PointPosition } from "./fact-store.ts";
import { placesOf } from "./history-place.ts";
import { type Entry, logWrite } from "./log-write.ts";
import type { MetricPoint } from "./metric.ts";
import { requireRun } from "./run.ts";

export type Batch = Partial<Pick<Entry, "params" | "metrics" | "tags">>;

/** Logs everything of a batch, or nothing. It is kept when this resolves. */
export async function logBatch(ctx: Ctx, workspace: string, id: string, batch: Batch): Promise<void> {
  await ctx.groups.write(ctx, logWrite, { workspace, id, params: [], metrics: [], tags: [], ...batch });
  const { metrics = [] } = batch;
  const point = metrics.length <= smallBatch ? metrics[Math.floor(Math.random() * pointsPerLook)] : undefined;
  if (point) await sumUpMetric(ctx, workspace, id, point.key);
}

/** One point in so many has its metric summed up, if that is due; counting them would take a counter for each metric. */
const pointsPerLook = 4096;

/** Summing up takes a tenth of what writing large batches takes; what those wrote is summed up when it is looked at. */
const smallBatch = 100;

async function sumUpMetric(ctx: Ctx, workspace: string, id: string, key: string): Promise<void> {
  try {
    const places = await placesOf(ctx, workspace, { runId: [id], key });
    for (const place of places.values()) await sumUp(ctx, place);
  } catch (error) {
    // The batch is kept all the same, and whoever looks at the metric tries again.
    ctx.log.warn("a metric could not be summed up", { run: id, key, error });
  }
}

/** A param is written once: logging the same value again is fine, another value is refused. */
export const logParam = (ctx: Ctx, workspace: string, id: string, key: string, value: string): Promise<void> =>
  ctx.groups.write(ctx, logWrite, { workspace, id, params: [[key, value]], metrics: [], tags: [], single: true });

export const setTags = (ctx: Ctx, workspace: string, id: string, tags: [string, string][]): Promise<void> =>
  logBatch(ctx, workspace, id, { tags });

/** Every point of one metric, by time, step and value. */
export async function metricHistory(
  ctx: Ctx,
  workspace: string,
  id: string,
  key: string,
  page: { after?: PointPosition; limit: number },
): Promise<MetricPoint[]> {
  return listPoints(ctx, await requireRun(ctx, workspace, id), key, page);
}
