import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { isAmong, type JsonList, jsonList, listOf } from "../../platform/db/dialect.ts";
import { emptyFacts } from "../../platform/facts.ts";
import { type MetricPoint, type MetricValue, metricValueOf } from "./metric.ts";
import { textSql } from "./run-fact.ts";
import { listNumbers } from "./run-key.ts";

/** What was logged to a run. */
export interface RunFacts {
  params: Record<string, string>;
  metrics: Record<string, MetricValue>;
  /** The latest point of each metric. */
  latest: MetricPoint[];
  tags: Record<string, string>;
}

/** Numbers of the keys to read; undefined for all. */
export type FactKeys = Record<"params" | "metrics" | "tags", number[]>;

interface TextLists {
  run: number;
  keys: JsonList<number>;
  texts: JsonList<string>;
}

interface PointLists {
  run: number;
  keys: JsonList<number>;
  values: JsonList<number>;
  nans: JsonList<number>;
  timestamps: JsonList<number>;
  steps: JsonList<number>;
}

/**
 * The facts of some runs, by number. A page has thousands: as one list for each run they take a third of the time that
 * rows would, and the names of their keys are looked up once.
 */
export async function factsOf(ctx: Ctx, runs: number[], keys?: FactKeys): Promise<Map<number, RunFacts>> {
  const params = await listTexts(ctx, "run_param", runs, keys?.params);
  const tags = await listTexts(ctx, "run_tag", runs, keys?.tags);
  const latest = await listPoints(ctx, runs, keys?.metrics);
  const used = new Set([...params, ...tags, ...latest].flatMap((row) => row.keys));
  const names = await namesOf(ctx, [...used]);
  const facts = new Map(runs.map((run) => [run, noFacts()]));
  for (const { run, keys, texts } of params) fill(facts.get(run)!.params, keys, texts, names);
  for (const { run, keys, texts } of tags) fill(facts.get(run)!.tags, keys, texts, names);
  for (const { run, keys, ...points } of latest) {
    const known = facts.get(run)!;
    for (const [index, key] of keys.entries()) {
      const [value, is_nan] = [points.values[index]!, points.nans[index]!];
      const [timestamp, step] = [points.timestamps[index]!, points.steps[index]!];
      const point = { key: names.get(key)!, value, timestamp, step, is_nan };
      known.metrics[point.key] = metricValueOf(point);
      known.latest.push(point);
    }
  }
  return facts;
}

const noFacts = (): RunFacts => ({ params: emptyFacts(), metrics: emptyFacts(), latest: [], tags: emptyFacts() });

function fill(into: Record<string, string>, keys: number[], texts: string[], names: Map<number, string>): void {
  for (const [index, text] of texts.entries()) into[names.get(keys[index]!)!] = text;
}

async function listTexts(ctx: Ctx, table: "run_param" | "run_tag", runs: number[], keys: number[] | undefined) {
  if (keys?.length === 0) return [];
  const { db } = ctx;
  const found = await sql<TextLists>`select fact.run, ${jsonList(db, sql`fact.key`)} as keys,
    ${jsonList(db, textSql("fact"))} as texts from ${sql.table(table)} as fact
    where ${isAmong(db, sql`fact.run`, runs)}${keys ? sql` and ${isAmong(db, sql`fact.key`, keys)}` : sql``}
    group by fact.run`.execute(db);
  return found.rows.map(({ run, keys, texts }) => ({ run, keys: listOf(keys), texts: listOf(texts) }));
}

async function listPoints(ctx: Ctx, runs: number[], keys: number[] | undefined) {
  if (keys?.length === 0) return [];
  const { db } = ctx;
  const found = await sql<PointLists>`select fact.run, ${jsonList(db, sql`fact.key`)} as keys,
    ${jsonList(db, sql`fact.value`)} as "values", ${jsonList(db, sql`fact.is_nan`)} as nans,
    ${jsonList(db, sql`fact.timestamp`)} as timestamps, ${jsonList(db, sql`fact.step`)} as steps
    from run_latest_metric as fact
    where ${isAmong(db, sql`fact.run`, runs)}${keys ? sql` and ${isAmong(db, sql`fact.key`, keys)}` : sql``}
    group by fact.run`.execute(db);
  return found.rows.map((row) => ({
    ...{ run: row.run, keys: listOf(row.keys), values: listOf(row.values), nans: listOf(row.nans) },
    ...{ timestamps: listOf(row.timestamps), steps: listOf(row.steps) },
  }));
}

async function namesOf(ctx: Ctx, keys: number[]): Promise<Map<number, string>> {
  const rows = keys.length === 0 ? [] : await listNumbers(ctx, keys);
  return new Map(rows.map(({ number, name }) => [number, name]));
}
