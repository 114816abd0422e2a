import type { Ctx } from "../../platform/context.ts";
import { listPoints, type PointPosition } from "./fact-store.ts";
import { type Entry, logWrite } from "./log-write.ts";
import type { MetricPoint } from "./metric.ts";
import { requireRun } from "./run.ts";

export type Batch = Partial<Pick<Entry, "params" | "metrics" | "tags">>;

/** Logs everything of a batch, or nothing. It is kept when this resolves. */
export const logBatch = (ctx: Ctx, workspace: string, id: string, batch: Batch): Promise<void> =>
  ctx.groups.write(ctx, logWrite, { workspace, id, params: [], metrics: [], tags: [], ...batch });

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
