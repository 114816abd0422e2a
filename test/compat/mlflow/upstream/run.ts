/**
 * `npm run compat:mlflow -- DIR [--postgres] [pytest arguments]`: MLflow's own tests, unedited, against a server of their
 * own, on SQLite or on a PostgreSQL of its own.
 *
 * DIR is a source tree of MLflow 3.11. What is expected to fail is in exceptions.yaml beside this file; the exit code
 * is 1 when anything else fails, or when something on that list passes.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readCredentials } from "../../../../src/server/home.ts";
import { startPostgres } from "../../../support/postgres.ts";
import { pythonWith, uvFolder } from "../../../support/python.ts";
import { createServerProcess } from "../../../support/server-process.ts";
import { type Outcomes, readExceptions, reportOf } from "./report.ts";

const here = dirname(fileURLToPath(import.meta.url));

const files = [
  "tests/tracking/test_rest_tracking.py",
  "tests/tracking/test_model_registry.py",
  "tests/tracking/test_client_webhooks.py",
  "tests/tracking/test_tracking.py",
  "tests/tracking/fluent/test_fluent.py",
  "tests/tracking/test_log_image.py",
  "tests/tracking/test_log_figure.py",
  "tests/tracking/_model_registry/test_model_registry_fluent.py",
];

/** The client, and what the tests import beside it. */
const packages = [
  "mlflow==3.11.1",
  "databricks-sdk==0.156.0",
  "graphene==3.4.3",
  "huey==2.6.0",
  "matplotlib==3.10.7",
  "pillow==13.0.0",
  "plotly==7.1.0",
  "polars==2.1.0",
  "psutil==7.2.2",
  "pyjwt==2.15.1",
  "pytest==9.2.0",
  "pytest-asyncio==1.5.0",
  "pytest-timeout==2.4.0",
  "pytest-xdist==3.8.0",
  "scikit-learn==1.7.2",
];

const [folder, ...rest] = process.argv.slice(2);
const onPostgres = rest[0] === "--postgres";
const given = onPostgres ? rest.slice(1) : rest;
if (!folder || !existsSync(join(folder, "tests/tracking/test_rest_tracking.py"))) {
  console.error(
    "Usage: npm run compat:mlflow -- DIR [--postgres] [pytest arguments]; DIR: a source tree of MLflow 3.11.",
  );
  process.exit(2);
}

const postgres = onPostgres ? await startPostgres() : undefined;
if (onPostgres && !postgres) throw new Error("There is no PostgreSQL on this machine, and it cannot be installed.");
const work = mkdtempSync(join(tmpdir(), "trainyard-mlflow-"));
const server = await createServerProcess(join(work, "home"), postgres?.url);
try {
  console.log("Making the Python environment …");
  const python = await pythonWith("mlflow-tests", packages);
  await server.start({ TRAINYARD_AGENT_SLOTS: "0", TRAINYARD_LOG_LEVEL: "error" });
  const { outcomes, messages } = await runTests(python, resolve(folder));
  const wholeSuite = given.length === 0;
  const report = reportOf(outcomes, readExceptions(join(here, "exceptions.yaml")), { wholeSuite });
  for (const item of report.unexpected)
    console.log(`\n✗ ${item}\n  ${(messages[item] ?? "").split("\n").join("\n  ")}`);
  console.log(`\n${report.text}`);
  process.exitCode = report.ok ? 0 : 1;
} finally {
  await server.stop();
  postgres?.stop();
  rmSync(work, { recursive: true, force: true });
}

async function runTests(python: string, source: string): Promise<{ outcomes: Outcomes; messages: Outcomes }> {
  const report = join(work, "report.json");
  const flags = ["-p", "trainyard_tenants", "-q", "--no-summary", "--color=no", "--durations=0", "--timeout=300"];
  const parallel = ["-n", String(availableParallelism() * 2), "-o", `cache_dir=${join(work, "pytest-cache")}`];
  const child = spawn(python, ["-m", "pytest", ...flags, ...parallel, ...(given.length > 0 ? given : files)], {
    cwd: source,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: [dirname(python), uvFolder, process.env.PATH].join(":"),
      PYTHONPATH: `${here}:${source}`,
      PYTHONDONTWRITEBYTECODE: "1",
      TRAINYARD_URL: server.url,
      TRAINYARD_REPORT: report,
      MLFLOW_TRACKING_TOKEN: readCredentials(server.home)!.token,
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1",
      MLFLOW_DISABLE_TELEMETRY: "true",
      GIT_PYTHON_REFRESH: "quiet",
    },
  });
  const status = await new Promise((done) => child.once("exit", done));
  if (!existsSync(report)) throw new Error(`pytest ended with ${status} and told nothing.`);
  return JSON.parse(readFileSync(report, "utf8"));
}
