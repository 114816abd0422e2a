/**
 * What a page of a search costs without HTTP, also for what no index gives: processor and clock.
 *
 *   node bench/tracking/search-in-process.ts --home /tmp/home --runs 1000000
 *   node bench/tracking/search-in-process.ts --home /tmp/home --runs 1000000 --database-url postgres://…
 *
 * The home and database are filled the first time (a million runs take some minutes and gigabytes) and kept.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { runFilter, runOrder, searchRuns } from "../../src/features/run/index.ts";
import { createWorkspace } from "../../src/features/workspace/index.ts";
import { readConfig } from "../../src/platform/config.ts";
import type { Ctx } from "../../src/platform/context.ts";
import { createLog } from "../../src/platform/log.ts";
import { createApp } from "../../src/server/app.ts";
import { percentiles } from "../load.ts";
import { populateOurs } from "./populate.ts";
import { queries } from "./search.ts";
import { type CostResult, costTable } from "./tables.ts";

const conjunction = queries.find(({ name }) => name === "metric, param and tag, by a metric")!.filter;
const rarer = queries.find(({ name }) => name === "metric, rarer param and tag, by a metric")!.filter;

/** Filter and order; the names are those of `population.ts`. */
const searches: [string, string][] = [
  ["", ""],
  ["", "metrics.rmse"],
  ["", "metrics.accuracy DESC"],
  ["", "metrics.epochs DESC"],
  ["", "params.lr"],
  ["tags.team = 'team-3'", ""],
  ["tags.rare = 'yes'", "metrics.rmse"],
  ["metrics.rmse > 1000", "metrics.accuracy DESC"],
  ["metrics.rmse >= 0", "metrics.accuracy"],
  [conjunction, "metrics.accuracy DESC"],
  [rarer, "metrics.accuracy DESC"],
  [conjunction, "metrics.rmse DESC"],
  [conjunction, ""],
  ["params.model LIKE 'model-1%'", "metrics.rmse DESC"],
  ["params.model LIKE 'model-1%'", ""],
  ["status = 'RUNNING'", ""],
  ["", "end_time DESC"],
  ["", "start_time"],
  ["", "metrics.epochs, metrics.rmse"],
  [conjunction, "metrics.epochs, metrics.rmse"],
];

/** How many runs are in front of a late page, of 100 each. */
const depth = 5000;

export async function measureSearchCost(options: {
  home: string;
  databaseUrl?: string;
  runs: number;
  rounds: number;
}): Promise<CostResult[]> {
  const { home, databaseUrl, runs, rounds } = options;
  const config = readConfig({ home, databaseUrl, port: 0 }, {});
  const app = await createApp(config, createLog("error"), "bench");
  try {
    if ((await countRuns(app.ctx)) === 0) {
      await createWorkspace(app.ctx, { name: "default", description: "" });
      await populateOurs(options);
    }
    const count = await countRuns(app.ctx);
    if (count !== runs) throw new Error(`There are ${count} runs in ${databaseUrl ?? home}, not ${runs}.`);
    const results: CostResult[] = [];
    for (const [filter, order] of searches) {
      const result = { filter, order, ...(await measureOne(app.ctx, filter, order, rounds)) };
      results.push(result);
      console.log(JSON.stringify(result));
    }
    return results;
  } finally {
    await app.stop();
  }
}

async function countRuns({ db }: Ctx): Promise<number> {
  const found = await db
    .selectFrom("run")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(found.count);
}

async function measureOne(ctx: Ctx, filter: string, order: string, rounds: number) {
  const search = {
    ...{ workspace: "default", experimentIds: [1], stages: ["active" as const], where: runFilter(filter) },
    ...{ orderBy: runOrder(order === "" ? [] : order.split(", ")), limit: 100 },
  };
  const noColumns = { metrics: [], params: [], tags: [] };
  const first = await costOf(ctx, rounds, () => searchRuns(ctx, search));
  const { next: after } = await searchRuns(ctx, { ...search, limit: depth, columns: noColumns });
  const late = after ? await costOf(ctx, rounds, () => searchRuns(ctx, { ...search, after })) : undefined;
  return { first, late };
}

/** Milliseconds, of several rounds after one that is not counted. */
async function costOf(ctx: Ctx, rounds: number, ask: () => Promise<unknown>) {
  const processor: number[] = [];
  const clock: number[] = [];
  await ask();
  const workers = await workersOf(ctx);
  for (let round = 0; round < rounds; round++) {
    const [before, started] = [processorMs(workers), performance.now()];
    await ask();
    clock.push(performance.now() - started);
    processor.push(processorMs(workers) - before);
  }
  return { cpu: percentiles(processor).p50, p50: percentiles(clock).p50, p95: percentiles(clock).p95 };
}

/** The processes of PostgreSQL that work for this one, if they are on this machine. */
async function workersOf({ db, config }: Ctx): Promise<string[]> {
  if (!config.databaseUrl) return [];
  const query = sql<{ pid: number }>`select pid from pg_stat_activity where datname = current_database()`;
  const { rows } = await query.execute(db);
  return rows.map(({ pid }) => `/proc/${pid}/schedstat`).filter(existsSync);
}

/** What this process and some others have used so far. The first number of `schedstat` is nanoseconds on a processor. */
function processorMs(workers: string[]): number {
  const { user, system } = process.cpuUsage();
  const theirs = workers.map((file) => Number(readFileSync(file, "utf8").split(" ")[0]) / 1e6);
  return theirs.reduce((sum, ms) => sum + ms, (user + system) / 1000);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      home: { type: "string" },
      "database-url": { type: "string" },
      runs: { type: "string", default: "100000" },
      rounds: { type: "string", default: "10" },
    },
  });
  if (!values.home) throw new Error("--home is needed: a folder to keep the runs in.");
  const { home, "database-url": databaseUrl } = values;
  const database = databaseUrl ? "PostgreSQL" : "SQLite";
  const [runs, rounds] = [Number(values.runs), Number(values.rounds)];
  const result = await measureSearchCost({ home, databaseUrl, runs, rounds });
  console.log(costTable([{ database, runs, result }]));
}
