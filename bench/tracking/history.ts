/**
 * What the history of one long metric costs: bytes on disk per point, and the time of each way to read it, by requests
 * into a server in this process.
 *
 *   node bench/tracking/history.ts --points 1000000
 *   TRAINYARD_TEST_DATABASE_URL=postgres://… node bench/tracking/history.ts --database postgres
 *   node bench/tracking/history.ts --mlflow-sqlite mlflow.db --points 200000     bytes in MLflow's store
 *
 * MLflow's store is one that its server made and that no server has open.
 */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { startRun } from "../../src/features/run/index.ts";
import { createTestApp, type TestApp } from "../../test/support/app.ts";
import { series } from "./population.ts";

const { values } = parseArgs({
  options: {
    points: { type: "string", default: "1000000" },
    database: { type: "string", default: "sqlite" },
    "mlflow-sqlite": { type: "string" },
  },
});
const points = Number(values.points);
const firstTime = 1_700_000_000_000;

/** The columns step, timestamp and value of point `i`: a step a second, values without a pattern. */
const point = `i, ${firstTime} + i * 1000, ((i * 1103515245 + 12345) % 2147483647) / 10000000.0`;

async function fill(app: TestApp): Promise<string> {
  const { db } = app.ctx;
  const run = await startRun(app.ctx, { workspace: "default", experimentId: "0", user: "bench", tags: {} });
  await sql`insert into run_key (workspace, experiment_id, kind, name) values ('default', 0, 'metric', 'loss')`.execute(
    db,
  );
  await sql`${sql.raw(series(0, points))} insert into run_metric (run, key, is_nan, step, timestamp, value)
    select (select number from run where id = ${run.id}), (select number from run_key where name = 'loss'), 0,
      ${sql.raw(point)} from n`.execute(db);
  await sql`analyze`.execute(db);
  return run.id;
}

async function bytesOf(app: TestApp): Promise<number> {
  const size =
    values.database === "postgres"
      ? sql<{ size: number }>`select pg_total_relation_size('run_metric') as size`
      : sql<{ size: number }>`select page_count * page_size as size from pragma_page_count, pragma_page_size`;
  return Number((await size.execute(app.ctx.db)).rows[0]!.size);
}

/** Medians: CPU of this process, and time on the clock. */
async function measure(name: string, ask: () => Promise<number>, rounds = 5): Promise<void> {
  const cpu: number[] = [];
  const clock: number[] = [];
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    const [before, started] = [process.cpuUsage(), performance.now()];
    count = await ask();
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    clock.push(performance.now() - started);
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[rounds >> 1]!.toFixed(0);
  console.log(`${name.padEnd(48)} cpu ${median(cpu)} ms  clock ${median(clock)} ms  points ${count}`);
}

async function ours(): Promise<void> {
  const app = await createTestApp({ database: values.database === "postgres" ? "postgres" : "sqlite" });
  const before = await bytesOf(app);
  const run = await fill(app);
  console.log(`${((await bytesOf(app)) - before) / points} bytes per point`);
  const client = await app.as("reader");
  const headers = { authorization: `Bearer ${await app.tokenOf("reader")}` };
  const get = async (route: string, query: string) => {
    const url = `http://localhost/api/2.0/mlflow/metrics/${route}?metric_key=loss&${query}`;
    const response = await app.fetch(url, { headers });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as { metrics: unknown[]; next_page_token?: string };
  };
  for (const most of [320, 2500])
    await measure(`get-history-bulk-interval, ${most} steps`, async () => {
      return (await get("get-history-bulk-interval", `run_ids=${run}&max_results=${most}`)).metrics.length;
    });
  const history = async (by: "step" | "time", most: number) => {
    const query = { runId: [run], key: "loss", by, points: most };
    return (await client.run.history({ params: { workspace: "default" }, query })).series[0]!.points.length;
  };
  await measure("run.history, the first look, which sums up", () => history("time", 500), 1);
  for (const by of ["step", "time"] as const)
    for (const most of [500, 2500]) await measure(`run.history by ${by}, ${most} points`, () => history(by, most));
  const page = (token: string) => get("get-history", `run_id=${run}&max_results=25000&page_token=${token}`);
  await measure("get-history, first page of 25,000", async () => (await page("")).metrics.length);
  let token = "";
  for (let seen = 0; seen < points * 0.9; seen += 25_000) token = (await page(token)).next_page_token!;
  await measure("get-history, page of 25,000 behind nine tenths", async () => (await page(token)).metrics.length);
  await app.stop();
}

function theirs(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(`insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
      source_version, lifecycle_stage, artifact_uri, experiment_id)
    values ('${"0".repeat(32)}', 'bench', 'UNKNOWN', '', '', 'bench', 'RUNNING', 0, '', 'active', 'x', 0)`);
  const before = statSync(file).size;
  db.exec(`insert into metrics (key, step, timestamp, value, is_nan, run_uuid)
    ${series(0, points)} select 'loss', ${point}, 0, '${"0".repeat(32)}' from n`);
  db.close();
  console.log(`${(statSync(file).size - before) / points} bytes per point`);
}

const mlflow = values["mlflow-sqlite"];
if (mlflow) theirs(mlflow);
else await ours();
