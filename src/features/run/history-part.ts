import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { end } from "./block.ts";
import type { Position } from "./block-schema.ts";
import { ofPlace, type Place, pointsWithin, positionSql, rowsOf, withinSql } from "./history-place.ts";
import { type MetricValue, metricValueOf } from "./metric.ts";

/** What a history is drawn by: columns of the points and of the blocks. */
interface Axis {
  column: "step" | "timestamp";
  first: RawBuilder<number>;
  last: RawBuilder<number>;
}

export const axes: Record<"step" | "time", Axis> = {
  step: { column: "step", first: sql`first_step`, last: sql`last_step` },
  time: { column: "timestamp", first: sql`first_time`, last: sql`last_time` },
};

/** The points of one metric: blocks of them up to `openFrom`, and those from there on one by one. */
export interface Source {
  ctx: Ctx;
  place: Place;
  axis: Axis;
  openFrom: Position;
}

/** A piece of the axis, both ends included. */
interface Stretch {
  first: number;
  last: number;
}

/** A stretch that is split in parts of one width. */
export interface Split extends Stretch {
  width: number;
}

interface Part {
  count: number;
  min: number | null;
  max: number | null;
  /** On the axis, where the last point of the part is. */
  until: number;
}

const whole = (number: number) => sql`cast(${number} as bigint)`;

const blocksOf = ({ place, openFrom }: Source): RawBuilder<unknown> =>
  sql`run_metric_block where ${ofPlace(place)} and (from_step, from_time) < ${positionSql(openFrom)}`;

/** Blocks of which every point is in the stretch. */
const isInside = ({ first, last }: Axis, stretch: Stretch): RawBuilder<SqlBool> =>
  sql`is_stale = 0 and ${first} >= ${stretch.first} and ${last} <= ${stretch.last}`;

const partOf = (at: RawBuilder<unknown>, { first, width }: Split): RawBuilder<number> =>
  sql`(${at} - ${whole(first)}) / ${whole(width)}`;

/** Blocks of which every point is in one part. */
const isInPart = (axis: Axis, split: Split): RawBuilder<SqlBool> =>
  sql`${isInside(axis, split)} and ${partOf(axis.first, split)} = ${partOf(axis.last, split)}`;

/** A table of the ranges that have points of the stretch and are not in blocks that can be taken as a whole. */
function openRanges(source: Source, { first, last }: Stretch, isTaken: RawBuilder<SqlBool>): RawBuilder<unknown> {
  const { axis, openFrom } = source;
  return sql`open_range(from_step, from_time, until_step, until_time) as (
    select from_step, from_time, until_step, until_time from ${blocksOf(source)} and not (${isTaken})
      and (is_stale = 1 or (${axis.last} >= ${first} and ${axis.first} <= ${last}))
    union all select ${positionSql(openFrom, "bare")}, ${positionSql(end, "bare")})`;
}

/**
 * The points of the stretch that are in those ranges. Said with `not`, because SQLite would look up the stretch in the
 * index, and not the range, if it saw one; PostgreSQL sees through it, and so knows how many points there are.
 */
const openPoints = ({ place, axis }: Source, { first, last }: Stretch): RawBuilder<unknown> => {
  const column = sql.ref(axis.column);
  return sql`open_range cross join run_metric where ${ofPlace(place)} and ${withinSql}
    and not (${column} < ${first} or ${column} > ${last})`;
};

/** From the first point of a stretch to the last. */
export async function extentOf(source: Source, asked: Stretch): Promise<Stretch | undefined> {
  const { ctx, place, axis } = source;
  const mine = pointsWithin(place, asked.first, asked.last);
  const query =
    axis === axes.step
      ? sql`select (select min(step) from run_metric where ${mine}) as first,
          (select max(step) from run_metric where ${mine}) as last`
      : sql`with ${openRanges(source, asked, isInside(axis, asked))}
          select min(first) as first, max(last) as last from (
            select min(first_time) as first, max(last_time) as last from ${blocksOf(source)} and ${isInside(axis, asked)}
            union all
            select min(timestamp), max(timestamp) from ${openPoints(source, asked)}) as known`;
  const { rows } = await (query as RawBuilder<{ first: number | null; last: number | null }>).execute(ctx.db);
  const { first, last } = rows[0]!;
  return first === null || last === null ? undefined : { first, last };
}

/** Sums up the parts that have points, in their order. */
export async function partsOf(source: Source, split: Split): Promise<Part[]> {
  const { ctx, axis } = source;
  const column = sql.ref(axis.column);
  const taken = isInPart(axis, split);
  const value = sql`case when is_nan = 0 then value end`;
  const { rows } = await sql<Part>`with ${openRanges(source, split, taken)}
    select sum(count) as count, min(min) as min, max(max) as max, max(until) as until from (
      select ${partOf(axis.first, split)} as part, count, min, max, ${axis.last} as until from ${blocksOf(source)} and ${taken}
      union all
      select ${partOf(column, split)}, 1, ${value}, ${value}, ${column} from ${openPoints(source, split)}) as known
    group by part order by part`.execute(ctx.db);
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** A table of where the last points at some places of the axis are: the last in the order of steps, then times. */
function lastPoints(source: Source, split: Split): RawBuilder<unknown> {
  const { place, axis } = source;
  if (axis === axes.step) {
    return sql`located as (select place, place as at_step,
      (select max(timestamp) from run_metric where ${ofPlace(place)} and step = place) as at_time from ended)`;
  }
  const taken = isInPart(axis, split);
  // Said in this way, because PostgreSQL would otherwise think it few points, and read all of them first.
  return sql`${openRanges(source, split, taken)},
    closing as (select * from ${blocksOf(source)} and ${taken} and last_time in (select place from ended)),
    located as (select place, max(step) as at_step, place as at_time from (
      select last_time as place, (select max(step) from run_metric
        where ${ofPlace(place)} and ${withinSql} and timestamp = last_time) as step from closing
      union all
      select timestamp, step from ${openPoints(source, split)}
        and case when timestamp in (select place from ended) then 1 else 0 end > 0) as candidate
    group by place)`;
}

interface End {
  step: number;
  timestamp: number;
  value: MetricValue;
}

/** The last points at some places of the axis; of those at one position, the greatest. */
export async function endsOf(source: Source, split: Split, places: number[]): Promise<Map<number, End>> {
  const here = sql`${ofPlace(source.place)} and step = at_step and timestamp = at_time`;
  const { rows } = await sql<{ place: number; step: number; timestamp: number; value: number; is_nan: number }>`with
    ended(place) as (${rowsOf(places)}), ${lastPoints(source, split)},
    greatest as (select located.*, (select max(value) from run_metric where ${here}) as most from located)
    select place, at_step as step, at_time as timestamp, most as value,
      (select max(is_nan) from run_metric where ${here} and value = most) as is_nan from greatest`.execute(
    source.ctx.db,
  );
  return new Map(rows.map(({ place, ...row }) => [place, { ...row, value: metricValueOf(row) }]));
}
