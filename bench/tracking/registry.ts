import { join } from "node:path";
import { Connection, percentiles } from "../load.ts";
import { openMlflow, openOurs, type Store, withoutIndexes } from "./populate.ts";
import { firstStart, series } from "./population.ts";
import type { Target } from "./servers.ts";

const versionsOfEach = 100;
const aliases = ["champion", "challenger", "canary"];
const modelsAtOnce = 1000;

/** By bulk SQL; the server that owns the store is not running. Everything follows from the numbers. */
export async function populateRegistry({ product, folder, databaseUrl }: Target, models: number): Promise<void> {
  const ours = product === "Trainyard";
  const { store, close } = await (ours
    ? openOurs({ home: folder, databaseUrl })
    : openMlflow({ sqlite: join(folder, "mlflow.db"), databaseUrl }));
  try {
    const part = ours ? oursPart : mlflowPart;
    const fill = async () => {
      for (let from = 0; from < models; from += modelsAtOnce)
        await part(store, series(from, Math.min(from + modelsAtOnce, models)));
    };
    await (ours ? withoutIndexes(store, ["model_version"], fill) : fill());
    await store.run("analyze");
  } finally {
    await close();
  }
}

const name = "'model-' || cast(i as text)";
const time = `${firstStart} + i * 1000`;
const versions = `(with recursive c(v) as (select 1 union all select v + 1 from c where v < ${versionsOfEach}) select v from c) as c`;
const tags = "(select 'team' as tag union all select 'note') as t";
const tagText = "t.tag || ' ' || cast((i + v) % 8 as text)";
const some = `(${aliases.map((alias, index) => `select '${alias}' as alias, ${versionsOfEach - index} as v`).join(" union all ")}) as a`;

async function oursPart({ run }: Store, models: string): Promise<void> {
  await run(`insert into model (workspace, name, description, last_version, created_at, updated_at)
    ${models} select 'default', ${name}, '', ${versionsOfEach}, ${time}, ${time} from n`);
  await run(`insert into model_version (workspace, name, version, description, size, format, stage, source, run_link,
      created_at, updated_at, actor_id, actor_name)
    ${models} select 'default', ${name}, v, '', 0, 'mlflow', 'None', 's3://bench/' || ${name}, '', ${time} + v, ${time} + v,
      'bench', 'bench' from n cross join ${versions}`);
  await run(`insert into model_version_tag (workspace, name, version, key, value)
    ${models} select 'default', ${name}, v, t.tag, ${tagText} from n cross join ${versions} cross join ${tags}`);
  await run(`insert into model_alias (workspace, name, alias, version)
    ${models} select 'default', ${name}, a.alias, a.v from n cross join ${some}`);
}

async function mlflowPart({ run }: Store, models: string): Promise<void> {
  await run(`insert into registered_models (name, creation_time, last_updated_time, description)
    ${models} select ${name}, ${time}, ${time}, '' from n`);
  await run(`insert into model_versions (name, version, creation_time, last_updated_time, description, current_stage,
      source, run_id, status, run_link)
    ${models} select ${name}, v, ${time} + v, ${time} + v, '', 'None', 's3://bench/' || ${name}, '', 'READY', ''
      from n cross join ${versions}`);
  await run(`insert into model_version_tags (name, version, key, value)
    ${models} select ${name}, v, t.tag, ${tagText} from n cross join ${versions} cross join ${tags}`);
  await run(`insert into registered_model_aliases (name, alias, version)
    ${models} select ${name}, a.alias, a.v from n cross join ${some}`);
}

export interface RegistryResult {
  request: string;
  /** Milliseconds. */
  p50: number;
  p95: number;
}

const requestsOf = (models: number): Record<string, (i: number) => string> => {
  const some = (i: number) => `model-${(i * 7919) % models}`;
  const like = (text: string) => encodeURIComponent(`name LIKE '${text}'`);
  return {
    "registered-models/search, first page": () => "registered-models/search?max_results=100",
    "registered-models/search, name LIKE": (i) => `registered-models/search?filter=${like(`${some(i)}%`)}`,
    "registered-models/search, name LIKE inside": (i) =>
      `registered-models/search?filter=${like(`%${some(i).slice(3)}%`)}`,
    "model-versions/search by name": (i) =>
      `model-versions/search?max_results=100&filter=${encodeURIComponent(`name='${some(i)}'`)}`,
    "registered-models/alias": (i) => `registered-models/alias?name=${some(i)}&alias=champion`,
    "registered-models/get": (i) => `registered-models/get?name=${some(i)}`,
  };
};

/** One client, 40 requests of each kind or as many as ten seconds allow, at least three. */
export async function measureRegistry(target: Target, models: number): Promise<RegistryResult[]> {
  const connection = new Connection(target);
  const results: RegistryResult[] = [];
  for (const [request, pathOf] of Object.entries(requestsOf(models))) {
    const times: number[] = [];
    const until = performance.now() + 10_000;
    for (let i = 0; i < 4 || (i < 41 && performance.now() < until); i++) {
      const started = performance.now();
      const answer = await connection.send({ method: "GET", path: `/api/2.0/mlflow/${pathOf(i)}` });
      times.push(performance.now() - started);
      if (answer.status !== 200 || answer.body.length < 50)
        throw new Error(`${request}: ${answer.status} ${answer.body.slice(0, 300)}`);
    }
    // The first one warms up.
    const { p50, p95 } = percentiles(times.slice(1));
    results.push({ request, p50, p95 });
    console.log(`  ${request.padEnd(44)} p50 ${p50.toFixed(1)} ms  p95 ${p95.toFixed(1)} ms`);
  }
  connection.close();
  return results;
}
