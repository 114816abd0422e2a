/**
 * Fills a store with runs of 20 metrics, 20 params and 5 tags, by bulk SQL. The server that owns the store is not running.
 *
 *   node bench/tracking/populate.ts --product trainyard --home /tmp/home --runs 100000
 *   node bench/tracking/populate.ts --product mlflow --sqlite /tmp/mlflow.db --runs 100000
 */
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import pg from "pg";
import { openDatabase } from "../../src/platform/db/open.ts";
import * as the from "./population.ts";

const runsAtOnce = 20_000;

/** Runs statements on either database. */
export interface Store {
  kind: "sqlite" | "postgres";
  run(statement: string): Promise<unknown[]>;
}

/** Fills Trainyard's store, which a server has made. All runs are in experiment 1 of the workspace `default`. */
export async function populateOurs(options: { home: string; databaseUrl?: string; runs: number }): Promise<void> {
  const { store, close } = await openOurs(options);
  try {
    await withoutIndexes(store, ["run_latest_metric", "run_param", "run_tag"], async () => {
      await store.run(`insert into experiment (workspace, id, name, lifecycle_stage, created_at, updated_at)
        values ('default', 1, 'bench', 'active', ${the.firstStart}, ${the.firstStart})`);
      await store.run("insert into experiment_number (workspace, next) values ('default', 2)");
      for (const [kind, list] of [
        ["metric", the.metricNames],
        ["param", the.paramNames],
        ["tag", the.tagNames],
      ] as const)
        await store.run(`insert into run_key (workspace, experiment_id, kind, name)
          select 'default', 1, '${kind}', name from ${the.names([...list])}`);
      for (let from = 0; from < options.runs; from += runsAtOnce)
        await oursPart(store, from, Math.min(from + runsAtOnce, options.runs));
    });
    // What PostgreSQL does by itself soon after so many rows.
    await store.run(store.kind === "postgres" ? "vacuum analyze" : "analyze");
  } finally {
    await close();
  }
}

export async function openOurs(options: { home: string; databaseUrl?: string }) {
  const db = openDatabase(options);
  const kind = options.databaseUrl ? "postgres" : "sqlite";
  const store: Store = { kind, run: async (text) => (await sql.raw(text).execute(db)).rows };
  if (kind === "sqlite")
    for (const setting of ["synchronous=off", "cache_size=-400000"]) await store.run(`pragma ${setting}`);
  return { store, close: () => db.destroy() };
}

async function oursPart({ run }: Store, from: number, to: number): Promise<void> {
  const runs = the.series(from, to);
  const started = the.startedAt("i");
  await run(`insert into run (number, id, workspace, experiment_id, name, state, lifecycle_stage, user_name,
      started_at, ended_at, created_at)
    ${runs} select i + 1, ${the.runId("i")}, 'default', 1, 'run-' || cast(i as text), ${the.state("i")}, ${the.stage("i")},
      'user-' || cast(i % 20 as text), ${started}, ${started} + 60000, ${started} from n`);
  const key = (kind: string, list: string[]) =>
    `(select run_key.number, k.k from ${the.names(list)} join run_key on run_key.name = k.name
      and run_key.kind = '${kind}' and run_key.experiment_id = 1 and run_key.workspace = 'default')`;
  const { metricNames, paramNames, tagNames } = the;
  const point = `i + 1, k.number, 0, 1, ${started} + 1000, ${the.byKey(metricNames, (k) => the.metricValue("i", k))}`;
  const metrics = key("metric", metricNames);
  const columns = "run, key, is_nan, step, timestamp, value";
  await run(`insert into run_metric (${columns}) ${runs} select ${point} from n cross join ${metrics} as k`);
  await run(`insert into run_latest_metric (${columns}, started_at)
    ${runs} select ${point}, ${started} from n cross join ${metrics} as k`);
  for (const [table, list, value] of [
    ["run_param", paramNames, the.paramValue],
    ["run_tag", tagNames, the.tagValue],
  ] as const)
    await run(`insert into ${table} (run, key, head, rest, started_at)
      ${runs} select i + 1, k.number, ${the.byKey(list, (k) => value("i", k))}, '', ${started}
      from n cross join ${key(table.slice(4), list)} as k`);
}

/** Fills MLflow's store, which its server has made. All runs are in an experiment of their own, whose id it gives. */
export async function populateMlflow(options: {
  sqlite?: string;
  databaseUrl?: string;
  runs: number;
}): Promise<string> {
  const { store, close } = await openMlflow(options);
  try {
    await store.run(`insert into experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)
      values ('bench', 'mlflow-artifacts:/bench', 'active', ${the.firstStart}, ${the.firstStart})`);
    const [row] = (await store.run("select max(experiment_id) as id from experiments")) as { id: number }[];
    const id = row!.id;
    for (let from = 0; from < options.runs; from += runsAtOnce)
      await mlflowPart(store, id, from, Math.min(from + runsAtOnce, options.runs));
    await store.run("analyze");
    return String(id);
  } finally {
    await close();
  }
}

export async function openMlflow(options: { sqlite?: string; databaseUrl?: string }) {
  if (options.databaseUrl) {
    const client = new pg.Client({ connectionString: options.databaseUrl });
    await client.connect();
    const store: Store = { kind: "postgres", run: async (text) => (await client.query(text)).rows };
    return { store, close: () => client.end() };
  }
  const database = new DatabaseSync(options.sqlite!);
  database.exec("PRAGMA synchronous=off");
  const store: Store = { kind: "sqlite", run: async (text) => database.prepare(text).all() };
  return { store, close: async () => database.close() };
}

async function mlflowPart({ run, kind }: Store, experiment: number, from: number, to: number): Promise<void> {
  const runs = the.series(from, to);
  const id = the.runId("i");
  const started = the.startedAt("i");
  const no = kind === "postgres" ? "false" : "0";
  await run(`insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
      end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
    ${runs} select ${id}, 'run-' || cast(i as text), 'UNKNOWN', '', '', 'user-' || cast(i % 20 as text), ${the.state("i")},
      ${started}, ${started} + 60000, '', ${the.stage("i")}, 'mlflow-artifacts:/bench/' || ${id}, ${experiment} from n`);
  const { metricNames, paramNames, tagNames } = the;
  const value = the.byKey(metricNames, (k) => the.metricValue("i", k));
  for (const table of ["metrics", "latest_metrics"])
    await run(`insert into ${table} (key, value, timestamp, step, is_nan, run_uuid)
      ${runs} select k.name, ${value}, ${started} + 1000, 1, ${no}, ${id} from n cross join ${the.names(metricNames)}`);
  for (const [table, list, value] of [
    ["params", paramNames, the.paramValue],
    ["tags", tagNames, the.tagValue],
  ] as const)
    await run(`insert into ${table} (key, value, run_uuid)
      ${runs} select k.name, ${the.byKey(list, (k) => value("i", k))}, ${id} from n cross join ${the.names(list)}`);
}

/** Makes indexes after the rows: much faster than with each row. */
export async function withoutIndexes(store: Store, tables: string[], work: () => Promise<void>): Promise<void> {
  const list = tables.map((table) => `'${table}'`).join(", ");
  const rows = (await store.run(
    store.kind === "sqlite"
      ? `select name, sql as text from sqlite_master where type = 'index' and sql is not null and tbl_name in (${list})`
      : `select indexname as name, indexdef as text from pg_indexes
         where tablename in (${list}) and indexdef not like '%UNIQUE%'`,
  )) as { name: string; text: string }[];
  for (const { name } of rows) await store.run(`drop index ${name}`);
  await work();
  for (const { text } of rows) await store.run(text);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      product: { type: "string", default: "trainyard" },
      home: { type: "string", default: "" },
      sqlite: { type: "string" },
      "database-url": { type: "string" },
      runs: { type: "string", default: "100000" },
    },
  });
  const { home, sqlite } = values;
  const databaseUrl = values["database-url"];
  const runs = Number(values.runs);
  if (values.product === "trainyard") await populateOurs({ home, databaseUrl, runs });
  else console.log(`experiment ${await populateMlflow({ sqlite, databaseUrl, runs })}`);
}
