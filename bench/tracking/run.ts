/**
 * `npm run bench:tracking`: Trainyard and MLflow's own server on this machine, the same requests to each, one after the
 * other, on SQLite and on PostgreSQL. Prints tables in Markdown.
 *
 *   --only writes,search,registry,artifacts,log-model   some of the parts, or `search-in-process`, which is only run when
 *                                                       it is named: searches without HTTP, also of what is slower
 *   --database sqlite|postgres                          one of the databases
 *   --seconds 5                                         how long each load of writes lasts
 *   --runs 100000                                       how many runs are searched in Trainyard; in process also
 *                                                       several numbers: 100000,1000000
 *   --mlflow-runs 100000                                and in MLflow
 *   --models 10000                                      how many models, of 100 versions each, the registries hold
 *   --size 2048                                         MiB of the artifact
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../../test/support/postgres.ts";
import { pythonWith } from "../../test/support/python.ts";
import { type ArtifactResult, measureArtifacts, writeRandomFile } from "./artifacts.ts";
import { type LogModelResult, measureLogModel } from "./log-model.ts";
import { populateMlflow, populateOurs } from "./populate.ts";
import { measureRegistry, populateRegistry, type RegistryResult } from "./registry.ts";
import { measureSearch, type SearchResult } from "./search.ts";
import { measureSearchCost } from "./search-in-process.ts";
import { createDatabase, startMlflow, startTrainyard, type Target } from "./servers.ts";
import {
  artifactTable,
  type CostResult,
  costTable,
  logModelTable,
  type Measured,
  registryTable,
  searchTable,
  writeTable,
} from "./tables.ts";
import { measureWrites, type WriteResult } from "./writes.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "writes,search,registry,artifacts,log-model" },
    database: { type: "string", default: "sqlite,postgres" },
    seconds: { type: "string", default: "5" },
    runs: { type: "string", default: "100000" },
    "mlflow-runs": { type: "string", default: "100000" },
    models: { type: "string", default: "10000" },
    size: { type: "string", default: "2048" },
  },
});
const parts = values.only.split(",");
const packages = ["mlflow==3.11.1", "scikit-learn==1.7.2", "psycopg2-binary==2.9.11"];

const folder = mkdtempSync(join(tmpdir(), "trainyard-bench-"));
const python = await pythonWith("bench", packages);
const postgres = values.database.includes("postgres") ? await startPostgres({ durable: true }) : undefined;
const writes: Measured<WriteResult[]>[] = [];
const artifacts: Measured<ArtifactResult>[] = [];
const models: Measured<LogModelResult>[] = [];
const searches: Measured<SearchResult[]>[] = [];
const costs: { database: string; runs: number; result: CostResult[] }[] = [];
const registries: Measured<RegistryResult[]>[] = [];
const file = join(folder, "large.bin");

/** A fresh store that holds `runs` runs, and its server. */
async function measureSearches(start: () => Promise<Target>, runs: number): Promise<void> {
  const empty = await start();
  await empty.stop();
  const started = performance.now();
  const experiment = await populate(empty, runs);
  console.log(
    `\n${empty.product} on ${empty.database} with ${runs} runs, made in ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  const target = await start();
  try {
    searches.push({ target, result: await measureSearch(target, { experiment, seconds: Number(values.seconds) }) });
  } finally {
    await target.stop();
  }
}

/** The same of a registry. */
async function measureRegistries(start: () => Promise<Target>): Promise<void> {
  const empty = await start();
  await empty.stop();
  await populateRegistry(empty, Number(values.models));
  const target = await start();
  console.log(`\n${target.product} on ${target.database} with ${values.models} models`);
  try {
    registries.push({ target, result: await measureRegistry(target, Number(values.models)) });
  } finally {
    await target.stop();
  }
}

async function populate({ product, folder, databaseUrl }: Target, runs: number): Promise<string> {
  if (product === "MLflow") return populateMlflow({ sqlite: join(folder, "mlflow.db"), databaseUrl, runs });
  await populateOurs({ home: folder, databaseUrl, runs });
  return "1";
}

/** What one server is asked. A fresh one for each database, so that nobody runs beside it. */
async function measure(start: () => Promise<Target>): Promise<void> {
  const target = await start();
  console.log(`\n${target.product} ${target.variant} on ${target.database}`);
  try {
    if (parts.includes("writes")) {
      writes.push({ target, result: await measureWrites(target, { seconds: Number(values.seconds) }) });
    }
    if (parts.includes("log-model")) models.push({ target, result: await measureLogModel(target, python) });
    if (parts.includes("artifacts") && target.database === "SQLite") {
      artifacts.push({ target, result: await measureArtifacts(target, { file, rounds: 3 }) });
    }
  } finally {
    await target.stop();
  }
}

try {
  if (parts.includes("artifacts")) await writeRandomFile(file, Number(values.size) * 1024 * 1024);
  for (const url of [...(values.database.includes("sqlite") ? [undefined] : []), ...(postgres ? [postgres.url] : [])]) {
    const name = url ? "postgres" : "sqlite";
    const fresh = async (database: string) => url && (await createDatabase(url, database));
    const place = (server: string) => join(folder, `${server}-${name}`);
    if (parts.some((part) => !["search", "search-in-process", "registry"].includes(part))) {
      const ours = await fresh("bench_trainyard");
      await measure(() => startTrainyard(place("trainyard"), ours));
      for (const front of ["uvicorn", "gunicorn"] as const) {
        const theirs = await fresh(`bench_${front}`);
        await measure(() => startMlflow(python, place(front), front, theirs));
      }
    }
    if (parts.includes("search")) {
      const ours = await fresh("bench_search_trainyard");
      await measureSearches(() => startTrainyard(place("search-trainyard"), ours), Number(values.runs));
      const theirs = await fresh("bench_search_mlflow");
      const mlflow = () => startMlflow(python, place("search-mlflow"), "gunicorn", theirs);
      if (Number(values["mlflow-runs"]) > 0) await measureSearches(mlflow, Number(values["mlflow-runs"]));
    }
    if (parts.includes("search-in-process")) {
      for (const runs of values.runs.split(",").map(Number)) {
        const databaseUrl = await fresh(`bench_cost_${runs}`);
        const home = place(`cost-${runs}`);
        const result = await measureSearchCost({ home, databaseUrl, runs, rounds: 20 });
        costs.push({ database: url ? "PostgreSQL" : "SQLite", runs, result });
      }
    }
    if (parts.includes("registry")) {
      const ours = await fresh("bench_registry_trainyard");
      await measureRegistries(() => startTrainyard(place("registry-trainyard"), ours));
      const theirs = await fresh("bench_registry_mlflow");
      await measureRegistries(() => startMlflow(python, place("registry-mlflow"), "gunicorn", theirs));
    }
  }
} finally {
  postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const [cpu] = cpus();
console.log(
  `\n${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpu?.model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}, ${packages[0]}\n`,
);
if (writes.length > 0) console.log(writeTable(writes));
if (searches.length > 0) console.log(searchTable(searches, Number(values.runs), Number(values["mlflow-runs"])));
if (costs.length > 0) console.log(costTable(costs));
if (registries.length > 0) console.log(registryTable(registries, Number(values.models)));
if (artifacts.length > 0) console.log(artifactTable(artifacts, Number(values.size)));
if (models.length > 0) console.log(logModelTable(models));
