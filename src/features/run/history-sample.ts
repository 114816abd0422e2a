import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import type { PointPosition } from "./fact-store.ts";
import { type Place, placesOf, pointsWithin, rowsOf } from "./history-place.ts";
import { evenly, probe } from "./steps.ts";

export interface SampleQuery {
  runId: string[];
  key: string;
  from?: number;
  to?: number;
  /** Most steps, over all the runs. */
  most: number;
}

interface Range {
  from: number;
  to: number;
}

interface Sample {
  runId: string;
  points: PointPosition[];
}

/** MLflow gives no more of one run. */
const mostPoints = 25_000;

/**
 * The points of evenly chosen steps, the same for all the runs; the first and last step of each run are always among
 * them. As long as no run has more than `listed` steps (shared among the runs) the choice is even by their position
 * in the list of all steps, as MLflow chooses; of more it is even by number, without reading those between.
 */
export async function sampleHistories(
  ctx: Ctx,
  workspace: string,
  query: SampleQuery,
  listed = 20_000,
): Promise<Sample[]> {
  const places = await placesOf(ctx, workspace, query);
  const range = { from: query.from ?? Number.MIN_SAFE_INTEGER, to: query.to ?? Number.MAX_SAFE_INTEGER };
  const each = Math.max(query.most, Math.floor(listed / query.runId.length));
  const chosen = await stepsOf(ctx, [...places.values()], range, { most: query.most, each });
  const samples: Sample[] = [];
  for (const runId of new Set(query.runId)) {
    const place = places.get(runId);
    samples.push({ runId, points: place ? await pointsOf(ctx, place, chosen) : [] });
    // SQLite reads in this thread: others get their turn between two runs.
    await setImmediate();
  }
  return samples;
}

async function stepsOf(ctx: Ctx, places: Place[], range: Range, { most, each }: { most: number; each: number }) {
  const ends: number[] = [];
  const some: { place: Place; to: number }[] = [];
  for (const place of places) {
    const end = await endsOf(ctx, place, range);
    if (end === undefined) continue;
    ends.push(end.first, end.last);
    some.push({ place, to: end.last });
  }
  if (some.length === 0) return [];
  const all = await listSteps(ctx, some, range, each);
  const sampled = all ? evenly(all, most) : await probeSteps(ctx, some, ends, most);
  return [...new Set([...sampled, ...ends])].sort((a, b) => a - b);
}

async function endsOf(ctx: Ctx, place: Place, { from, to }: Range) {
  const mine = pointsWithin(place, from, to);
  const { rows } = await sql<{ first: number | null; last: number | null }>`
    select (select min(step) from run_metric where ${mine}) as first,
      (select max(step) from run_metric where ${mine}) as last`.execute(ctx.db);
  const { first, last } = rows[0]!;
  return first === null || last === null ? undefined : { first, last };
}

/** Every step of the runs in order, or undefined when one of them has more than `each`. */
async function listSteps(ctx: Ctx, runs: { place: Place }[], { from, to }: Range, each: number) {
  const all = new Set<number>();
  for (const { place } of runs) {
    const { rows } = await sql<{ step: number }>`select distinct step from run_metric
      where ${pointsWithin(place, from, to)} order by step limit ${each + 1}`.execute(ctx.db);
    if (rows.length > each) return undefined;
    for (const { step } of rows) all.add(step);
    await setImmediate();
  }
  return [...all].sort((a, b) => a - b);
}

function probeSteps(ctx: Ctx, runs: { place: Place; to: number }[], ends: number[], most: number) {
  const whole = { first: Math.min(...ends), last: Math.max(...ends) };
  return probe(whole, most, async (numbers) => {
    const nearest: (number | null)[] = numbers.map(() => null);
    for (const { place, to } of runs) {
      const { rows } = await sql<{ step: number | null }>`with target(number) as (${rowsOf(numbers)})
        select (select min(step) from run_metric
          where run = ${place.run} and key = ${place.key} and step >= number and step <= ${to}) as step
        from target order by number`.execute(ctx.db);
      for (const [index, { step }] of rows.entries()) {
        const known = nearest[index];
        if (step !== null && (known === null || known === undefined || step < known)) nearest[index] = step;
      }
      await setImmediate();
    }
    return nearest;
  });
}

async function pointsOf(ctx: Ctx, { run, key }: Place, steps: number[]): Promise<PointPosition[]> {
  if (steps.length === 0) return [];
  const { rows } = await sql<PointPosition>`with chosen(at) as (${rowsOf(steps)})
    select step, timestamp, value, is_nan from chosen cross join run_metric
    where run = ${run} and key = ${key} and step = at
    order by step, timestamp, value limit ${mostPoints}`.execute(ctx.db);
  return rows;
}
