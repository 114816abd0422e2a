import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { bulkInsert } from "../../platform/db/bulk.ts";
import { markStale } from "./block.ts";
import type { LatestMetricTable, PointTable, TextFact } from "./fact-schema.ts";
import { latestOf, type MetricPoint } from "./metric.ts";
import { splitText, textSql } from "./run-fact.ts";
import { findKeys, listNumbers, type RunRef, withKeys } from "./run-key.ts";
import type { RunTable } from "./schema.ts";

/** A param or tag of a run. */
export interface KeyValue {
  run: RunRef;
  key: string;
  value: string;
}

/** A point of a run's metric. */
export interface RunPoint {
  run: RunRef;
  point: MetricPoint;
}

const textColumns = { run: "bigint", key: "integer", head: "text", rest: "text", started_at: "bigint" } as const;

const insertNumberedParams = bulkInsert<TextFact>("run_param", textColumns, "(run, key) do nothing");

const upsertNumberedTags = bulkInsert<TextFact>(
  "run_tag",
  textColumns,
  "(run, key) do update set head = excluded.head, rest = excluded.rest",
);

async function numbered(tx: Ctx, kind: "param" | "tag", rows: KeyValue[]): Promise<TextFact[]> {
  const keyed = await withKeys(tx, kind, rows);
  return keyed.map(({ row: { run, value }, key }) => ({
    run: run.number,
    key,
    ...splitText(value),
    started_at: run.started_at,
  }));
}

/** Writes params that are not there yet; gives how many it wrote. */
export const insertParams = async (tx: Ctx, rows: KeyValue[]): Promise<number> =>
  insertNumberedParams(tx.db, await numbered(tx, "param", rows));

/** One statement may not touch a row twice; the last value of a key counts. */
export const upsertTags = async (tx: Ctx, rows: KeyValue[]): Promise<number> => {
  const last = new Map(rows.map((row) => [`${row.run.number} ${row.key}`, row]));
  return upsertNumberedTags(tx.db, await numbered(tx, "tag", [...last.values()]));
};

/** What is stored under some keys of some runs: at least of those that were asked for. */
export async function findParams(
  tx: Ctx,
  wanted: { run: RunRef; key: string }[],
): Promise<{ run: number; key: string; value: string }[]> {
  if (wanted.length === 0) return [];
  const rows = await tx.db
    .selectFrom("run_param as fact")
    .innerJoin("run_key", "run_key.number", "fact.key")
    .where("fact.run", "in", [...new Set(wanted.map(({ run }) => run.number))])
    .where("run_key.name", "in", [...new Set(wanted.map(({ key }) => key))])
    .select(["fact.run", "run_key.name as key", textSql("fact").as("value")])
    .execute();
  return rows;
}

/** Deletes a tag of some runs of one workspace; gives the numbers of those that had it. */
export async function deleteTags(tx: Ctx, runs: RunRef[], name: string): Promise<Set<number>> {
  if (runs.length === 0) return new Set();
  const experimentIds = [...new Set(runs.map((run) => run.experiment_id))];
  const keys = await findKeys(tx, { workspace: runs[0]!.workspace, experimentIds, kind: "tag" }, [name]);
  if (keys.length === 0) return new Set();
  const rows = await tx.db
    .deleteFrom("run_tag")
    .where(
      "run",
      "in",
      runs.map((run) => run.number),
    )
    .where(
      "key",
      "in",
      keys.map((key) => key.number),
    )
    .returning("run")
    .execute();
  return new Set(rows.map((row) => row.run));
}

const pointColumns = {
  run: "bigint",
  key: "integer",
  is_nan: "integer",
  step: "bigint",
  timestamp: "bigint",
  value: "double precision",
} as const;

const appendPoints = bulkInsert<PointTable>("run_metric", pointColumns, "do nothing");

const upsertLatest = bulkInsert<LatestMetricTable>(
  "run_latest_metric",
  { ...pointColumns, started_at: "bigint" },
  `(run, key) do update set
     step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
   where (excluded.step, excluded.timestamp, excluded.value)
     > (run_latest_metric.step, run_latest_metric.timestamp, run_latest_metric.value)`,
);

/** Appends points of any runs; one that is there already is dropped. Keeps the latest point of each metric. */
export async function insertPoints(tx: Ctx, rows: RunPoint[]): Promise<void> {
  const keyed = await withKeys(
    tx,
    "metric",
    rows.map(({ run, point }) => ({ run, key: point.key, point })),
  );
  const points = keyed.map(({ row: { run, point }, key }) => ({
    run: run.number,
    key,
    is_nan: point.is_nan,
    step: point.step,
    timestamp: point.timestamp,
    value: point.value,
    started_at: run.started_at,
  }));
  await appendPoints(tx.db, points);
  const latest = latestOf(points);
  const written = await upsertLatest(tx.db, latest);
  // Where each metric got one point, and that is its latest now, nothing was written among points that were there.
  if (written < latest.length || latest.length < points.length) await markStale(tx, points);
}

/** Params or tags of a run. */
export const listTexts = (ctx: Ctx, table: "run_param" | "run_tag", run: number) =>
  ctx.db
    .selectFrom(`${table} as fact`)
    .innerJoin("run_key", "run_key.number", "fact.key")
    .where("fact.run", "=", run)
    .select(["run_key.name as key", textSql("fact").as("value")])
    .execute();

/** The latest points of a run. */
export const listLatest = (ctx: Ctx, run: number) =>
  ctx.db
    .selectFrom("run_latest_metric as fact")
    .innerJoin("run_key", "run_key.number", "fact.key")
    .where("fact.run", "=", run)
    .select(["run_key.name as key", "fact.value", "fact.is_nan"])
    .execute();

/** The position of a point among those of its metric. */
export type PointPosition = Omit<PointTable, "run" | "key">;

/** Points of one metric by time, step and value, those after a position if there is one. */
export const listPoints = (
  ctx: Ctx,
  run: RunTable,
  name: string,
  { after, limit }: { after?: PointPosition; limit: number },
): Promise<MetricPoint[]> =>
  ctx.db
    .selectFrom("run_metric as fact")
    .innerJoin("run_key", "run_key.number", "fact.key")
    .where("fact.run", "=", run.number)
    .where("run_key.workspace", "=", run.workspace)
    .where("run_key.experiment_id", "=", run.experiment_id)
    .where("run_key.kind", "=", "metric")
    .where("run_key.name", "=", name)
    .select(["run_key.name as key", "step", "timestamp", "value", "is_nan"])
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(timestamp, step, value, is_nan) > (${after!.timestamp}, ${after!.step}, ${after!.value}, ${after!.is_nan})`,
      ),
    )
    .orderBy("timestamp")
    .orderBy("step")
    .orderBy("value")
    .orderBy("is_nan")
    .limit(limit)
    .execute();

/** Every point of a run, in parts, in the order of the primary key. */
export async function* scanPoints(ctx: Ctx, run: RunTable, part = 20_000): AsyncGenerator<MetricPoint[]> {
  const names = new Map<number, string>();
  let last: PointTable | undefined;
  do {
    const rows = await pointsAfter(ctx, run.number, last, part);
    const unknown = [...new Set(rows.map((row) => row.key))].filter((key) => !names.has(key));
    for (const key of unknown.length === 0 ? [] : await listNumbers(ctx, unknown)) names.set(key.number, key.name);
    yield rows.map(({ run: _, ...row }) => ({ ...row, key: names.get(row.key)! }));
    last = rows.length === part ? rows.at(-1) : undefined;
  } while (last);
}

const pointsAfter = (ctx: Ctx, run: number, after: PointTable | undefined, limit: number): Promise<PointTable[]> =>
  ctx.db
    .selectFrom("run_metric")
    .selectAll()
    .where("run", "=", run)
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(key, step, timestamp, value, is_nan) > (${after!.key}, ${after!.step}, ${after!.timestamp}, ${after!.value}, ${after!.is_nan})`,
      ),
    )
    .orderBy("key")
    .orderBy("step")
    .orderBy("timestamp")
    .orderBy("value")
    .orderBy("is_nan")
    .limit(limit)
    .execute();
