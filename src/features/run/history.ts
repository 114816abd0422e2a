import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import type { HistoryPoint } from "../../contract/run.ts";
import type { Ctx } from "../../platform/context.ts";

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
export async function runHistories(ctx: Ctx, workspace: string, query: HistoryQuery): Promise<{ series: Series[] }> {
  const series: Series[] = [];
  const runs = await numbersOf(ctx, workspace, query);
  for (const runId of new Set(query.runId)) {
    const at = runs.get(runId);
    const points = at ? await historyOf(ctx, at, query) : [];
    // SQLite reads in this thread: others get their turn between two runs.
    await setImmediate();
    series.push({ runId, count: points.reduce((sum, point) => sum + point.count, 0), points });
  }
  return { series };
}

/** Where the points of a run are. */
interface At {
  run: number;
  key: number;
}

async function numbersOf(ctx: Ctx, workspace: string, query: HistoryQuery): Promise<Map<string, At>> {
  const rows = await ctx.db
    .selectFrom("run")
    .innerJoin("run_key", (join) =>
      join
        .onRef("run_key.workspace", "=", "run.workspace")
        .onRef("run_key.experiment_id", "=", "run.experiment_id")
        .on("run_key.kind", "=", "metric")
        .on("run_key.name", "=", query.key),
    )
    .where("run.workspace", "=", workspace)
    .where("run.id", "in", query.runId)
    .select(["run.id", "run.number as run", "run_key.number as key"])
    .execute();
  return new Map(rows.map(({ id, ...at }) => [id, at]));
}

interface Point {
  step: number;
  timestamp: number;
  value: number;
  is_nan: number;
}

interface Part {
  count: number;
  min: number | null;
  max: number | null;
  /** The greatest place on the axis. */
  last: number;
}

/** Splits the stretch evenly; each part gives its last point, and the least and greatest value in it. */
async function historyOf(ctx: Ctx, { run, key }: At, query: HistoryQuery): Promise<HistoryPoint[]> {
  const axis = sql.ref(query.by === "step" ? "step" : "timestamp");
  const mine = sql`run = ${run} and key = ${key}
    and ${axis} >= ${query.from ?? Number.MIN_SAFE_INTEGER} and ${axis} <= ${query.to ?? Number.MAX_SAFE_INTEGER}`;
  const ends = await sql<{ first: number | null; last: number | null }>`
    select (select min(${axis}) from run_metric where ${mine}) as first,
      (select max(${axis}) from run_metric where ${mine}) as last`.execute(ctx.db);
  const { first, last } = ends.rows[0]!;
  if (first === null || last === null) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / query.points));
  const bucket = sql`(${axis} - cast(${first} as bigint)) / cast(${width} as bigint)`;
  const parts = await sql<Part>`select count(*) as count, max(${axis}) as last,
      min(case when is_nan = 0 then value end) as min, max(case when is_nan = 0 then value end) as max
    from run_metric where ${mine} group by ${bucket}`.execute(ctx.db);
  // Not a join: with times, which no index orders, that would read all points once for each part.
  const points = await sql<Point>`select step, timestamp, value, is_nan from run_metric
    where ${mine} and ${axis} in (select max(${axis}) from run_metric where ${mine} group by ${bucket})
    order by step, timestamp, value`.execute(ctx.db);
  return lastOfEach(parts.rows, points.rows, (point) => (query.by === "step" ? point.step : point.timestamp));
}

/** Of several points at one place of the axis, the last one stands for them. */
function lastOfEach(parts: Part[], points: Point[], placeOf: (point: Point) => number): HistoryPoint[] {
  const places = new Map(points.map((point) => [placeOf(point), point]));
  return parts
    .toSorted((a, b) => a.last - b.last)
    .flatMap(({ count, min, max, last }) => {
      // While a run is training its last part may have grown since it was summed up.
      const point = places.get(last);
      if (!point) return [];
      const { step, timestamp, value, is_nan } = point;
      return [{ step, timestamp, value: is_nan ? "NaN" : value, count: Number(count), min, max }];
    });
}
