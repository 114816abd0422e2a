import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { sleep } from "../../src/platform/clock.ts";
import { readCredentials } from "../../src/server/home.ts";
import { freePort } from "../../test/support/free-port.ts";
import { createServerProcess } from "../../test/support/server-process.ts";

export type DatabaseName = "SQLite" | "PostgreSQL";

/** A tracking server that is measured. */
export interface Target {
  product: "Trainyard" | "MLflow";
  /** How it was started, where that makes a difference. */
  variant: string;
  database: DatabaseName;
  url: string;
  headers: Record<string, string>;
  /** Its folder: database, artifacts, log. */
  folder: string;
  databaseUrl: string | undefined;
  stop(): Promise<void>;
}

export async function startTrainyard(folder: string, databaseUrl?: string): Promise<Target> {
  const server = await createServerProcess(folder, databaseUrl);
  await server.start({ TRAINYARD_AGENT_SLOTS: "0" });
  const { token } = readCredentials(folder)!;
  return {
    product: "Trainyard",
    variant: "",
    database: databaseUrl ? "PostgreSQL" : "SQLite",
    url: server.url,
    headers: { authorization: `Bearer ${token}` },
    folder,
    databaseUrl,
    stop: () => server.stop(),
  };
}

/**
 * `mlflow server` as its documentation starts it, but for the number of workers: one for each core. Its default
 * front (uvicorn) adds some 40 ms to each request of a connection that is kept; gunicorn does not, so both are measured.
 */
export async function startMlflow(
  python: string,
  folder: string,
  front: "uvicorn" | "gunicorn",
  databaseUrl?: string,
): Promise<Target> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  // Without a name of the driver, SQLAlchemy 2.1 takes `psycopg`, and 2.0 `psycopg2`, which is the one that is there.
  const store = databaseUrl
    ? databaseUrl.replace(/^postgres:/, "postgresql+psycopg2:")
    : `sqlite:///${join(folder, "mlflow.db")}`;
  const argv = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--workers", "2"];
  argv.push("--backend-store-uri", store, "--artifacts-destination", join(folder, "artifacts"), "--serve-artifacts");
  if (front === "gunicorn") argv.push("--gunicorn-opts", "--log-level error");
  const environment = { ...process.env, MLFLOW_DISABLE_TELEMETRY: "true", MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" };
  const log = join(folder, "log");
  const output = openSync(log, "w");
  const child = spawn(python, argv, {
    cwd: folder,
    stdio: ["ignore", output, output],
    detached: true,
    env: environment,
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(`${url}/health`, child, log);
  return {
    product: "MLflow",
    variant: front,
    database: databaseUrl ? "PostgreSQL" : "SQLite",
    url,
    headers: {},
    folder,
    databaseUrl,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid!, "SIGTERM");
      await Promise.race([ended, sleep(5000)]);
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {}
    },
  };
}

async function answering(url: string, child: ChildProcess, log: string): Promise<void> {
  for (let waited = 0; waited < 120_000; waited += 200) {
    if (child.exitCode !== null) {
      const said = readFileSync(log, "utf8").slice(-1000);
      throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}: ${said}`);
    }
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(200);
  }
  throw new Error(`${url} did not answer within two minutes.`);
}

/** A fresh database on a PostgreSQL server. */
export async function createDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`drop database if exists ${name} with (force)`);
  await client.query(`create database ${name}`);
  await client.end();
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
