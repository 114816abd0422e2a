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

interface Bucket {
  step: number;
  timestamp: number;
  value: number;
  is_nan: number;
  count: number;
  min: number | null;
  max: number | null;
}

/** Splits the stretch evenly; each part gives its last point, and the least and greatest value in it. */
async function historyOf(ctx: Ctx, { run, key }: At, query: HistoryQuery): Promise<HistoryPoint[]> {
  const axis = sql.ref(query.by === "step" ? "step" : "timestamp");
  const mine = sql`run = ${run} and key = ${key}
    and ${axis} >= ${query.from ?? Number.MIN_SAFE_INTEGER} and ${axis} <= ${query.to ?? Number.MAX_SAFE_INTEGER}`;
  const ends = await sql<{ first: number | null; last: number | null }>`
    select min(${axis}) as first, max(${axis}) as last from run_metric where ${mine}`.execute(ctx.db);
  const { first, last } = ends.rows[0]!;
  if (first === null || last === null) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / query.points));
  const found = await sql<Bucket>`
    select point.step, point.timestamp, point.value, point.is_nan, count, min, max from
      (select (${axis} - cast(${first} as bigint)) / cast(${width} as bigint) as bucket, count(*) as count,
        min(case when is_nan = 0 then value end) as min, max(case when is_nan = 0 then value end) as max,
        max(${axis}) as last from run_metric where ${mine} group by 1) as part
    join run_metric as point on point.run = ${run} and point.key = ${key}
      and ${sql.ref(query.by === "step" ? "point.step" : "point.timestamp")} = part.last
    order by point.step, point.timestamp, point.value`.execute(ctx.db);
  return lastOfEach(found.rows, (row) => (query.by === "step" ? row.step : row.timestamp));
}

/** Of several points at one place of the axis, the last one stands for them. */
function lastOfEach(rows: Bucket[], placeOf: (row: Bucket) => number): HistoryPoint[] {
  const places = new Map(rows.map((row) => [placeOf(row), row]));
  return [...places.values()].map((row) => ({
    step: row.step,
    timestamp: row.timestamp,
    value: row.is_nan ? "NaN" : row.value,
    count: Number(row.count),
    min: row.min,
    max: row.max,
  }));
}
