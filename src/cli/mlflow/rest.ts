import { Problem } from "../../contract/errors.ts";
import { numberOfValue } from "../../contract/import-summary.ts";
import type { MetricValue } from "../../contract/run.ts";
import { inParallel } from "../../platform/parallel.ts";
import { createRestClient, type Json, NotThere, type RestClient } from "./rest-client.ts";
import { createRestFiles } from "./rest-files.ts";
import {
  lifecycleOf,
  loggedModelOf,
  type Source,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourceModel,
  type SourceOptions,
  type SourceRun,
  stateOf,
} from "./source.ts";

const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));
const time = (value: unknown): number | null =>
  value === null || value === undefined || value === "" ? null : Number(value);
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const object = (value: unknown): Json => (value ?? {}) as Json;
const pairs = (value: unknown): [string, string][] => list(value).map((pair) => [text(pair.key), text(pair.value)]);

/** Infinite values come as words, or as the largest number. */
const metricValue = (value: unknown): number =>
  numberOfValue((typeof value === "string" && !Number.isNaN(Number(value)) ? Number(value) : value) as MetricValue);
const wireValue = (value: number): MetricValue => (Number.isNaN(value) ? "NaN" : value);

/** A running MLflow server, read through its REST API. */
export async function openRestSource(uri: string, options: SourceOptions): Promise<Source> {
  const client = createRestClient(uri, options.workspace === "default" ? undefined : options.workspace);
  const version = await versionOf(client);
  // Logged models came with 3.0.
  const hasModels = !/^[12]\./.test(version);
  const view = options.includeDeleted ? "ALL" : "ACTIVE_ONLY";
  return {
    address: client.address,
    description: `MLflow server${version ? ` ${version}` : ""}`,
    leftOut: async () => new Map(),
    async experiments() {
      const found: SourceExperiment[] = [];
      for await (const page of pages(client, "/experiments/search", { max_results: 1000, view_type: view }))
        found.push(...list(page.experiments).map(experimentOf));
      return found;
    },
    async *runs(experimentId) {
      const body = {
        experiment_ids: [experimentId],
        run_view_type: view,
        max_results: 200,
        order_by: ["attributes.start_time ASC"],
      };
      for await (const page of pages(client, "/runs/search", body))
        yield hasModels ? await withModels(client, list(page.runs)) : list(page.runs).map(runOf);
    },
    async *points(run) {
      for (const key of run.latest.map((point) => (JSON.parse(point) as [string])[0])) {
        // A server that keeps its records in files has some points twice.
        const seen = new Set<string>();
        for await (const metric of history(client, run.id, key)) {
          const [timestamp, step, value] = [
            Number(metric.timestamp),
            Number(metric.step ?? 0),
            metricValue(metric.value),
          ];
          const text = `${timestamp} ${step} ${value}`;
          if (seen.has(text)) continue;
          seen.add(text);
          yield { key, timestamp, step, value };
        }
      }
    },
    async *loggedModels(experimentId) {
      try {
        for await (const page of pages(client, "/logged-models/search", {
          experiment_ids: [experimentId],
          max_results: 50,
        }))
          yield list(page.models).map(loggedModelFrom);
      } catch (error) {
        // Servers before 3.0 have none.
        if (!(error instanceof NotThere)) throw error;
      }
    },
    models: () => models(client),
    files: createRestFiles(client, options),
    close: async () => {},
  };
}

async function versionOf(client: RestClient): Promise<string> {
  try {
    await client.post("/experiments/search", { max_results: 1 });
  } catch (error) {
    if (!(error instanceof NotThere)) throw error;
    throw new Problem("invalid", `${client.address} is not an MLflow server: ${error.message}`, {
      hint: "Give the address that MLFLOW_TRACKING_URI would have.",
    });
  }
  try {
    let version = "";
    for await (const part of await client.stream("/version")) version += Buffer.from(part).toString();
    return /^\d[\w.]*$/.test(version) ? version : "";
  } catch {
    return "";
  }
}

/** A search leaves out which logged models a run used; asking for the run itself tells. */
async function withModels(client: RestClient, found: Json[]): Promise<SourceRun[]> {
  const runs = found.map(runOf);
  await inParallel(8, runs, async (run) => {
    const { inputs, outputs } = runOf(object((await client.get("/runs/get", { run_id: run.id })).run));
    Object.assign(run, { inputs, outputs });
  });
  return runs;
}

async function* pages(client: RestClient, path: string, body: Json): AsyncGenerator<Json> {
  let token: unknown;
  do {
    const page = await client.post(path, token ? { ...body, page_token: token } : body);
    yield page;
    token = page.next_page_token;
  } while (token);
}

async function* getPages(
  client: RestClient,
  path: string,
  query: Record<string, string | number>,
): AsyncGenerator<Json> {
  let token: string | undefined;
  do {
    const page = await client.get(path, { ...query, page_token: token });
    yield page;
    token = text(page.next_page_token) || undefined;
  } while (token);
}

async function* history(client: RestClient, run_id: string, metric_key: string): AsyncGenerator<Json> {
  for await (const page of getPages(client, "/metrics/get-history", { run_id, metric_key, max_results: 25_000 }))
    yield* list(page.metrics);
}

const experimentOf = (experiment: Json): SourceExperiment => ({
  id: text(experiment.experiment_id),
  name: text(experiment.name),
  lifecycleStage: lifecycleOf(experiment.lifecycle_stage),
  createdAt: time(experiment.creation_time),
  updatedAt: time(experiment.last_update_time),
  tags: pairs(experiment.tags),
});

function runOf(run: Json): SourceRun {
  const [info, data, inputs, outputs] = [run.info, run.data, run.inputs, run.outputs].map(object) as [
    Json,
    Json,
    Json,
    Json,
  ];
  const id = text(info.run_id) || text(info.run_uuid);
  return {
    id,
    name: text(info.run_name) || id,
    state: stateOf(info.status),
    lifecycleStage: lifecycleOf(info.lifecycle_stage),
    user: text(info.user_id),
    startedAt: time(info.start_time),
    endedAt: time(info.end_time),
    // The REST API does not tell.
    deletedAt: null,
    params: pairs(data.params),
    tags: pairs(data.tags),
    datasets: list(inputs.dataset_inputs).map((input) => {
      const dataset = object(input.dataset);
      return {
        name: text(dataset.name),
        digest: text(dataset.digest),
        sourceType: text(dataset.source_type),
        source: text(dataset.source),
        schema: dataset.schema === undefined ? null : text(dataset.schema),
        profile: dataset.profile === undefined ? null : text(dataset.profile),
        tags: pairs(input.tags),
      };
    }),
    inputs: list(inputs.model_inputs).map((input) => text(input.model_id)),
    outputs: list(outputs.model_outputs).map((output) => ({
      modelId: text(output.model_id),
      step: Number(output.step ?? 0),
    })),
    latest: list(data.metrics)
      .map((metric) => JSON.stringify([text(metric.key), metric.step, metric.timestamp, metric.value]))
      .sort(),
    artifactUri: text(info.artifact_uri),
  };
}

function loggedModelFrom(model: Json): SourceLoggedModel {
  const [info, data] = [object(model.info), object(model.data)];
  const status = text(info.status).replace("LOGGED_MODEL_", "");
  return {
    id: text(info.model_id),
    name: text(info.name),
    modelType: text(info.model_type),
    sourceRunId: text(info.source_run_id) || null,
    status:
      status === "READY" || status === "PENDING" ? status : status.includes("FAILED") ? "UPLOAD_FAILED" : "UNSPECIFIED",
    lifecycleStage: "active",
    createdAt: Number(info.creation_timestamp_ms),
    updatedAt: Number(info.last_updated_timestamp_ms),
    params: pairs(data.params),
    tags: pairs(info.tags),
    metrics: list(data.metrics).map((metric) => ({
      runId: text(metric.run_id),
      key: text(metric.key),
      timestamp: Number(metric.timestamp),
      step: Number(metric.step ?? 0),
      value: wireValue(metricValue(metric.value)),
      datasetName: text(metric.dataset_name),
      datasetDigest: text(metric.dataset_digest),
    })),
    artifactUri: text(info.artifact_uri),
  };
}

async function* models(client: RestClient): AsyncGenerator<SourceModel> {
  for await (const page of getPages(client, "/registered-models/search", { max_results: 100 }))
    for (const found of list(page.registered_models)) {
      const name = text(found.name);
      // The list leaves aliases out in some versions.
      const model = object((await client.get("/registered-models/get", { name })).registered_model);
      const versions: Json[] = [];
      const filter = `name = '${name.replaceAll("'", "''")}'`;
      for await (const part of getPages(client, "/model-versions/search", { filter, max_results: 1000 }))
        versions.push(...list(part.model_versions));
      yield {
        name,
        description: text(model.description),
        createdAt: Number(model.creation_timestamp),
        updatedAt: Number(model.last_updated_timestamp),
        tags: pairs(model.tags),
        aliases: list(model.aliases).map((alias) => [text(alias.alias), Number(alias.version)]),
        versions: versions.map(registeredVersion).sort((a, b) => a.version - b.version),
      };
    }
}

const registeredVersion = (version: Json) => ({
  version: Number(version.version),
  description: text(version.description),
  createdAt: Number(version.creation_timestamp),
  updatedAt: Number(version.last_updated_timestamp),
  user: text(version.user_id),
  stage: text(version.current_stage) || "None",
  source: text(version.source),
  storage: "",
  runId: text(version.run_id) || null,
  runLink: text(version.run_link),
  loggedModelId: text(version.model_id) || loggedModelOf(text(version.source)),
  tags: pairs(version.tags),
});
