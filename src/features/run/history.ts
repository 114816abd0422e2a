import { setImmediate } from "node:timers/promises";
import type { HistoryPoint } from "../../contract/run.ts";
import type { Ctx } from "../../platform/context.ts";
import { type Sizes, sumUp } from "./block.ts";
import { axes, endsOf, extentOf, partsOf, type Source } from "./history-part.ts";
import { type Place, placesOf } from "./history-place.ts";

export interface HistoryQuery {
  runId: string[];
  key: string;
  by: "step" | "time";
  from?: number;
  to?: number;
  points: number;
}

interface Series {
  runId: string;
  count: number;
  points: HistoryPoint[];
}

/** The history of one metric for some runs, as many points of each as asked for. A run that is not there has none. */
export async function runHistories(
  ctx: Ctx,
  workspace: string,
  query: HistoryQuery,
  sizes?: Sizes,
): Promise<{ series: Series[] }> {
  const series: Series[] = [];
  const places = await placesOf(ctx, workspace, query);
  for (const runId of new Set(query.runId)) {
    const place = places.get(runId);
    const points = place ? await historyOf(ctx, place, query, sizes) : [];
    // SQLite reads in this thread: others get their turn between two runs.
    await setImmediate();
    series.push({ runId, count: points.reduce((sum, point) => sum + point.count, 0), points });
  }
  return { series };
}

/** Splits the stretch evenly; each part gives its last point, and the least and greatest value in it. */
async function historyOf(ctx: Ctx, place: Place, query: HistoryQuery, sizes?: Sizes): Promise<HistoryPoint[]> {
  const source: Source = { ctx, place, axis: axes[query.by], openFrom: await sumUp(ctx, place, sizes) };
  const asked = { first: query.from ?? Number.MIN_SAFE_INTEGER, last: query.to ?? Number.MAX_SAFE_INTEGER };
  const whole = await extentOf(source, asked);
  if (!whole) return [];
  const width = Math.max(1, Math.ceil((whole.last - whole.first + 1) / query.points));
  const split = { ...whole, width };
  const parts = await partsOf(source, split);
  const ends = await endsOf(
    source,
    split,
    parts.map((part) => part.until),
  );
  return parts.flatMap(({ count, min, max, until }) => {
    const end = ends.get(until);
    // While a run is training its last part may have grown since it was summed up.
    return end ? [{ step: end.step, timestamp: end.timestamp, value: end.value, count, min, max }] : [];
  });
}
