import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import type { HistoryPoint } from "../../contract/run.ts";
import type { Ctx } from "../../platform/context.ts";
import { type Place, placesOf, pointsWithin, rowsOf } from "./history-place.ts";

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
  const places = await placesOf(ctx, workspace, query);
  for (const runId of new Set(query.runId)) {
    const place = places.get(runId);
    const points = place ? await historyOf(ctx, place, query) : [];
    // SQLite reads in this thread: others get their turn between two runs.
    await setImmediate();
    series.push({ runId, count: points.reduce((sum, point) => sum + point.count, 0), points });
  }
  return { series };
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
async function historyOf(ctx: Ctx, place: Place, query: HistoryQuery): Promise<HistoryPoint[]> {
  const axis = query.by === "step" ? "step" : "timestamp";
  const mine = pointsWithin(place, query.from ?? Number.MIN_SAFE_INTEGER, query.to ?? Number.MAX_SAFE_INTEGER, axis);
  const column = sql.ref(axis);
  const ends = await sql<{ first: number | null; last: number | null }>`
    select (select min(${column}) from run_metric where ${mine}) as first,
      (select max(${column}) from run_metric where ${mine}) as last`.execute(ctx.db);
  const { first, last } = ends.rows[0]!;
  if (first === null || last === null) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / query.points));
  const stretch = { first, last, width };
  const parts = await (axis === "step" ? partsOfSteps : partsOfTimes)(ctx, place, stretch);
  const ofParts = parts.map((part) => part.last);
  const points = await (axis === "step" ? pointsOfSteps(ctx, place, ofParts) : pointsOfTimes(ctx, mine, ofParts));
  return lastOfEach(parts, points, (point) => point[axis]);
}

interface Stretch {
  first: number;
  last: number;
  width: number;
}

const summed = sql`count(*) as count,
  min(case when is_nan = 0 then value end) as min, max(case when is_nan = 0 then value end) as max`;

/**
 * The index has the points by step. The parts are listed in order, so that SQLite sums each up as it walks along;
 * grouping the points by a calculated part makes it sort all of them, which takes three times as long.
 */
async function partsOfSteps(ctx: Ctx, place: Place, { first, last, width }: Stretch): Promise<Part[]> {
  const count = Math.floor((last - first) / width) + 1;
  const { rows } = await sql<Part>`with recursive
    counted(number) as (select 0 union all select number + 1 from counted where number < ${count - 1}),
    start as (select number * cast(${width} as bigint) + cast(${first} as bigint) as at, number from counted),
    part as (select at as part_first,
        case when number = ${count - 1} then cast(${last} as bigint) else at + cast(${width - 1} as bigint) end as part_last
      from start order by part_first limit ${count})
    select max(step) as last, ${summed}
    from part cross join run_metric
    where run = ${place.run} and key = ${place.key} and step >= part_first and step <= part_last
    group by part_first`.execute(ctx.db);
  return rows;
}

async function partsOfTimes(ctx: Ctx, place: Place, { first, last, width }: Stretch): Promise<Part[]> {
  const { rows } = await sql<Part>`select max(timestamp) as last, ${summed}
    from run_metric where ${pointsWithin(place, first, last, "timestamp")}
    group by (timestamp - cast(${first} as bigint)) / cast(${width} as bigint)`.execute(ctx.db);
  return rows;
}

/** Of one step, which may have any number of points, only those of its last time. */
async function pointsOfSteps(ctx: Ctx, { run, key }: Place, steps: number[]): Promise<Point[]> {
  if (steps.length === 0) return [];
  const { rows } = await sql<Point>`with place(step) as (${rowsOf(steps)}),
    latest as (select step as at_step, (select max(timestamp) from run_metric
      where run = ${run} and key = ${key} and step = place.step) as at_time from place)
    select step, timestamp, value, is_nan from latest cross join run_metric
    where run = ${run} and key = ${key} and step = at_step and timestamp = at_time
    order by step, timestamp, value`.execute(ctx.db);
  return rows;
}

async function pointsOfTimes(ctx: Ctx, mine: ReturnType<typeof pointsWithin>, times: number[]): Promise<Point[]> {
  if (times.length === 0) return [];
  const { rows } = await sql<Point>`select step, timestamp, value, is_nan from run_metric
    where ${mine} and timestamp in (${sql.join(times)}) order by step, timestamp, value`.execute(ctx.db);
  return rows;
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
