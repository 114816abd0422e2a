import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { bulkInsert } from "../../platform/db/bulk.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { BlockTable, Position, SummaryTable } from "./block-schema.ts";
import type { PointTable } from "./fact-schema.ts";
import { ofPlace, type Place, positionSql, type Range, withinSql } from "./history-place.ts";

/** Before and after every position. */
export const start: Position = { step: Number.MIN_SAFE_INTEGER, time: Number.MIN_SAFE_INTEGER };
export const end: Position = { step: Number.MAX_SAFE_INTEGER, time: Number.MAX_SAFE_INTEGER };

export interface Sizes {
  /** Points in a block, when it is made. */
  block: number;
  /** Blocks that one transaction makes, so that others get their turn. */
  atOnce: number;
  /** Points at the end that are in no block: late ones are likely to be written among them. */
  open: number;
}

export const usualSizes: Sizes = { block: 64, atOnce: 256, open: 4096 };

/** Where the points begin that are in no block. Makes blocks first, if enough points have none, or late ones were written into some. */
export async function sumUp(ctx: Ctx, place: Place, sizes = usualSizes): Promise<Position> {
  for (;;) {
    const until = await summedUntil(ctx, place);
    if (!(await isDue(ctx, place, until, sizes))) return until;
    if (!(await transaction(ctx, (tx) => sumSome(tx, place, sizes)))) return until;
    await setImmediate();
  }
}

async function summedUntil(ctx: Ctx, { run, key }: Place): Promise<Position> {
  const query = ctx.db.selectFrom("run_metric_summary").selectAll().where("run", "=", run).where("key", "=", key);
  const summary = await query.executeTakeFirst();
  return summary ? untilOf(summary) : start;
}

async function isDue(ctx: Ctx, place: Place, until: Position, { open }: Sizes): Promise<boolean> {
  const { rows } = await sql`select 1 from run_metric_block where ${ofPlace(place)} and is_stale = 1
    union all select 1 from (select step from run_metric where ${ofPlace(place)} and (step, timestamp) >= ${positionSql(until)}
      order by step, timestamp limit 1 offset ${2 * open}) as beyond
    limit 1`.execute(ctx.db);
  return rows.length > 0;
}

const untilOf = ({ until_step, until_time }: SummaryTable): Position => ({ step: until_step, time: until_time });

/** Makes some blocks; false when there was nothing to make. */
async function sumSome(tx: Ctx, place: Place, sizes: Sizes): Promise<boolean> {
  // Who writes points of this metric has its latest one until the commit: what is read here is all that there is.
  await sql`update run_latest_metric set step = step where ${ofPlace(place)}`.execute(tx.db);
  return (await renewStale(tx, place, sizes)) || (await extend(tx, place, sizes));
}

/** Of stale blocks at a time: each is cut by a statement of its own. */
const staleAtOnce = 64;

async function renewStale(tx: Ctx, place: Place, { block, atOnce }: Sizes): Promise<boolean> {
  const { rows: stale } = await sql<BlockTable>`select * from run_metric_block
    where ${ofPlace(place)} and is_stale = 1 order by from_step, from_time limit ${staleAtOnce}`.execute(tx.db);
  if (stale.length === 0) return false;
  const [first, last] = [stale[0]!, stale.at(-1)!];
  await sql`delete from run_metric_block where ${ofPlace(place)} and is_stale = 1
    and (from_step, from_time) >= ${positionSql({ step: first.from_step, time: first.from_time })}
    and (from_step, from_time) <= ${positionSql({ step: last.from_step, time: last.from_time })}`.execute(tx.db);
  const ranges: Range[] = [];
  for (const old of stale) {
    const whole = { from: { step: old.from_step, time: old.from_time }, until: untilOf(old) };
    const cuts = await cutsOf(tx, place, whole, { block, most: atOnce });
    ranges.push(...rangesBetween(cuts));
    // The rest of a block that has become very long is for the next time.
    const rest = cuts.at(-1)!;
    if (isBefore(rest, whole.until))
      await insertBlocks(tx.db, [{ ...old, from_step: rest.step, from_time: rest.time }]);
  }
  await insertSums(tx, place, ranges);
  return true;
}

async function extend(tx: Ctx, place: Place, { block, atOnce, open }: Sizes): Promise<boolean> {
  const from = await summedUntil(tx, place);
  const left = Math.ceil(open / block);
  const cuts = await cutsOf(tx, place, { from, until: end }, { block, most: atOnce + left });
  const ranges = rangesBetween(cuts).slice(0, -left);
  const last = ranges.at(-1);
  if (!last) return false;
  await insertSums(tx, place, ranges);
  const until = { until_step: last.until.step, until_time: last.until.time };
  await tx.db
    .insertInto("run_metric_summary")
    .values({ ...place, ...until })
    .onConflict((known) => known.columns(["run", "key"]).doUpdateSet(until))
    .execute();
  return true;
}

/** The range's beginning, every position that is about a block further on, and its end unless it is too far. */
async function cutsOf(
  tx: Ctx,
  place: Place,
  { from, until }: Range,
  { block, most }: { block: number; most: number },
): Promise<Position[]> {
  const next = (column: "step" | "timestamp", last: number) => sql`coalesce((select ${sql.ref(column)} from run_metric
    where ${ofPlace(place)} and (step, timestamp) > (+at_step, +at_time) and (step, timestamp) < ${positionSql(until)}
    order by step, timestamp limit 1 offset ${block - 1}), cast(${last} as bigint))`;
  const { rows } = await sql<Position>`with recursive cut(at_step, at_time, number) as (
      select cast(${from.step} as bigint), cast(${from.time} as bigint), 0
      union all
      select ${next("step", until.step)}, ${next("timestamp", until.time)}, number + 1 from cut
      where number < ${most} and (at_step, at_time) < ${positionSql(until)})
    select at_step as step, at_time as time from cut order by number`.execute(tx.db);
  return rows;
}

const rangesBetween = (cuts: Position[]): Range[] =>
  cuts.slice(1).map((until, index) => ({ from: cuts[index]!, until }));

const insertBlocks = bulkInsert<BlockTable>(
  "run_metric_block",
  {
    run: "bigint",
    key: "integer",
    from_step: "bigint",
    from_time: "bigint",
    until_step: "bigint",
    until_time: "bigint",
    is_stale: "integer",
    count: "integer",
    min: "double precision",
    max: "double precision",
    first_step: "bigint",
    last_step: "bigint",
    first_time: "bigint",
    last_time: "bigint",
  },
  "refuse",
);

interface Sum
  extends Pick<BlockTable, "count" | "min" | "max" | "first_step" | "last_step" | "first_time" | "last_time"> {
  number: number;
}

async function insertSums(tx: Ctx, place: Place, ranges: Range[]): Promise<void> {
  const list = ranges.map(
    ({ from, until }, number) => sql`(${sql.lit(number)}, ${positionSql(from, "bare")}, ${positionSql(until, "bare")})`,
  );
  // The ranges are listed in order, so that SQLite sums each up as it walks along.
  const { rows } = await sql<Sum>`with listed(number, from_step, from_time, until_step, until_time) as (
      values ${sql.join(list)}),
    cut as (select * from listed order by number limit ${ranges.length})
    select number, count(*) as count,
      min(case when is_nan = 0 then value end) as min, max(case when is_nan = 0 then value end) as max,
      min(step) as first_step, max(step) as last_step, min(timestamp) as first_time, max(timestamp) as last_time
    from cut cross join run_metric where ${ofPlace(place)} and ${withinSql}
    group by number`.execute(tx.db);
  const summed = new Set(rows.map(({ number }) => number));
  const blocks = rows.map(({ number, ...sum }) => {
    // Where so many points share the first position that the first cut is there, the range before has none. It belongs
    // to this block: late points may come to be there.
    let first = number;
    while (first > 0 && !summed.has(first - 1)) first--;
    const { from } = ranges[first]!;
    const { until } = ranges[number]!;
    const range = { from_step: from.step, from_time: from.time, until_step: until.step, until_time: until.time };
    return { ...place, ...range, ...sum, is_stale: 0 };
  });
  await insertBlocks(tx.db, blocks);
}

const isBefore = (a: Position, b: Position): boolean => a.step < b.step || (a.step === b.step && a.time < b.time);

/** To be told of points that may not be the latest of their metrics, once they are written and the latest are noted. */
export async function markStale(tx: Ctx, points: PointTable[]): Promise<void> {
  const runs = [...new Set(points.map((point) => point.run))];
  const summaries = await tx.db.selectFrom("run_metric_summary").selectAll().where("run", "in", runs).execute();
  if (summaries.length === 0) return;
  const byMetric = Map.groupBy(points, ({ run, key }) => `${run} ${key}`);
  for (const summary of summaries) {
    const written = byMetric.get(`${summary.run} ${summary.key}`) ?? [];
    const late = written
      .map(({ step, timestamp }): Position => ({ step, time: timestamp }))
      .filter((position) => isBefore(position, untilOf(summary)))
      .sort((a, b) => a.step - b.step || a.time - b.time);
    if (late.length > 0) await markStretch(tx, summary, late[0]!, late.at(-1)!);
  }
}

/** Marks the blocks from the one that has the first position to the one that has the last. */
async function markStretch(tx: Ctx, place: Place, first: Position, last: Position): Promise<void> {
  await sql`update run_metric_block set is_stale = 1 where ${ofPlace(place)}
    and (from_step, from_time) <= ${positionSql(last)}
    and (from_step, from_time) >= (select from_step, from_time from run_metric_block
      where ${ofPlace(place)} and (from_step, from_time) <= ${positionSql(first)}
      order by from_step desc, from_time desc limit 1)`.execute(tx.db);
}
