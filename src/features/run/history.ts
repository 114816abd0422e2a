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
  /** `until` of the part that it ends. */
  until: number;
}

interface Part {
  count: number;
  min: number | null;
  max: number | null;
  /** On the axis, where the last point of the part is or, of a part of steps, the end of the part. */
  until: number;
}

/** Splits the stretch evenly; each part gives its last point, and the least and greatest value in it. */
async function historyOf(ctx: Ctx, place: Place, query: HistoryQuery): Promise<HistoryPoint[]> {
  const axis = query.by === "step" ? "step" : "timestamp";
  const mine = pointsWithin(place, query.from ?? Number.MIN_SAFE_INTEGER, query.to ?? Number.MAX_SAFE_INTEGER, axis);
  const column = sql.ref(axis);
  const whole = await sql<{ first: number | null; last: number | null }>`
    select (select min(${column}) from run_metric where ${mine}) as first,
      (select max(${column}) from run_metric where ${mine}) as last`.execute(ctx.db);
  const { first, last } = whole.rows[0]!;
  if (first === null || last === null) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / query.points));
  const stretch = { first, last, width };
  const parts = await (axis === "step" ? partsOfSteps : partsOfTimes)(ctx, place, stretch);
  const ends = parts.map((part) => part.until);
  const points = await (axis === "step" ? pointsOfSteps(ctx, place, ends) : pointsOfTimes(ctx, mine, ends));
  return lastOfEach(parts, points);
}

interface Stretch {
  first: number;
  last: number;
  width: number;
}

/**
 * The index has the points by step. The parts are listed in order, so that SQLite sums each up as it walks along;
 * grouping the points by a calculated part makes it sort all of them, which takes three times as long.
 */
async function partsOfSteps(ctx: Ctx, place: Place, stretch: Stretch): Promise<Part[]> {
  const { first, last, width } = stretch;
  const count = Math.floor((last - first) / width) + 1;
  const { rows } = await sql<{ start: number; count: number; min: number; max: number }>`with recursive
    counted(number) as (select 0 union all select number + 1 from counted where number < ${count - 1}),
    begin as (select number * cast(${width} as bigint) + cast(${first} as bigint) as at, number from counted),
    part as (select at as part_first,
        case when number = ${count - 1} then cast(${last} as bigint) else at + cast(${width - 1} as bigint) end as part_last
      from begin order by part_first limit ${count})
    select part_first as start, count(*) as count, min(value) as min, max(value) as max
    from part cross join run_metric
    where run = ${place.run} and key = ${place.key} and step >= part_first and step <= part_last
    group by part_first`.execute(ctx.db);
  const exact = await withoutNaN(ctx, place, stretch, rows);
  return rows.map(({ start, count, min, max }) => ({
    ...{ count, min, max, ...exact.get(start) },
    until: Math.min(start + width - 1, last),
  }));
}

interface Extremes {
  min: number | null;
  max: number | null;
}

/**
 * The least and greatest number of those parts in which a NaN may pass for one. NaN is stored with the value 0, so that
 * it can only be mistaken where one of the two is 0: looking at each point for what it is takes a fifth longer.
 */
async function withoutNaN(
  ctx: Ctx,
  place: Place,
  { first, last, width }: Stretch,
  parts: { start: number; min: number; max: number }[],
): Promise<Map<number, Extremes>> {
  const doubtful = parts.filter(({ min, max }) => min === 0 || max === 0).map(({ start }) => start);
  if (doubtful.length === 0) return new Map();
  const { rows: some } = await sql`select 1 from run_metric
    where ${pointsWithin(place, first, last)} and is_nan = 1 limit 1`.execute(ctx.db);
  if (some.length === 0) return new Map();
  const inPart = sql`run = ${place.run} and key = ${place.key} and step >= start
    and step <= start + cast(${width - 1} as bigint) and step <= ${last} and is_nan = 0`;
  const { rows } = await sql<{ start: number } & Extremes>`with part(start) as (${rowsOf(doubtful)})
    select start, (select min(value) from run_metric where ${inPart}) as min,
      (select max(value) from run_metric where ${inPart}) as max from part`.execute(ctx.db);
  return new Map(rows.map(({ start, min, max }) => [start, { min, max }]));
}

async function partsOfTimes(ctx: Ctx, place: Place, { first, last, width }: Stretch): Promise<Part[]> {
  const { rows } = await sql<Part>`select max(timestamp) as until, count(*) as count,
      min(case when is_nan = 0 then value end) as min, max(case when is_nan = 0 then value end) as max
    from run_metric where ${pointsWithin(place, first, last, "timestamp")}
    group by (timestamp - cast(${first} as bigint)) / cast(${width} as bigint)`.execute(ctx.db);
  return rows;
}

/** The last point of the steps up to each. Of one step, which may have any number, only those of its last time. */
async function pointsOfSteps(ctx: Ctx, { run, key }: Place, ends: number[]): Promise<Point[]> {
  if (ends.length === 0) return [];
  const { rows } = await sql<Point>`with part(until) as (${rowsOf(ends)}),
    ended as (select until, (select max(step) from run_metric
      where run = ${run} and key = ${key} and step <= part.until) as at_step from part),
    latest as (select until, at_step, (select max(timestamp) from run_metric
      where run = ${run} and key = ${key} and step = ended.at_step) as at_time from ended)
    select until, step, timestamp, value, is_nan from latest cross join run_metric
    where run = ${run} and key = ${key} and step = at_step and timestamp = at_time
    order by step, timestamp, value`.execute(ctx.db);
  return rows;
}

async function pointsOfTimes(ctx: Ctx, mine: ReturnType<typeof pointsWithin>, times: number[]): Promise<Point[]> {
  if (times.length === 0) return [];
  const { rows } = await sql<Point>`select timestamp as until, step, timestamp, value, is_nan from run_metric
    where ${mine} and timestamp in (${sql.join(times)}) order by step, timestamp, value`.execute(ctx.db);
  return rows;
}

/** Of several points at one place of the axis, the last one stands for them. */
function lastOfEach(parts: Part[], points: Point[]): HistoryPoint[] {
  const ends = new Map(points.map((point) => [point.until, point]));
  return parts
    .toSorted((a, b) => a.until - b.until)
    .flatMap(({ count, min, max, until }) => {
      // While a run is training its last part may have grown since it was summed up.
      const point = ends.get(until);
      if (!point) return [];
      const { step, timestamp, value, is_nan } = point;
      return [{ step, timestamp, value: is_nan ? "NaN" : value, count: Number(count), min, max }];
    });
}
