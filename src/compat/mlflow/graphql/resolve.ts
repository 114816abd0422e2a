import { GraphQLError, type GraphQLFieldResolver, getNullableType, isListType, isScalarType } from "graphql";
import { Problem } from "../../../contract/errors.ts";
import { requirePermission } from "../../../platform/http/bind.ts";
import { problemOf } from "../../../platform/http/server.ts";
import { artifactRoutes } from "../artifacts.ts";
import { answerOf } from "../error.ts";
import { experimentRoutes } from "../experiments.ts";
import { Input } from "../input.ts";
import { metricRoutes } from "../metrics.ts";
import type { Call, Route } from "../route.ts";
import { runRoutes } from "../runs.ts";
import { versionRoutes } from "../versions.ts";

/** What the fields of one request share. */
export interface Asked {
  call: Call;
  /** What was looked up for fields of fields: an experiment is shared by many runs. */
  found: Map<string, Promise<unknown>>;
}

const routes = [...experimentRoutes, ...runRoutes, ...metricRoutes, ...artifactRoutes, ...versionRoutes];

const routeAt = (path: string): Route => routes.find((route) => route.path === path)!;

/** Root fields that are an endpoint of the REST API by another name, with its permission. */
const endpoints: Record<string, Route> = {
  mlflowGetExperiment: routeAt("/experiments/get"),
  mlflowGetRun: routeAt("/runs/get"),
  mlflowSearchRuns: routeAt("/runs/search"),
  mlflowListArtifacts: routeAt("/artifacts/list"),
  mlflowSearchModelVersions: routeAt("/model-versions/search"),
  mlflowSearchDatasets: routeAt("/experiments/search-datasets"),
  mlflowGetMetricHistoryBulkInterval: routeAt("/metrics/get-history-bulk-interval"),
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function ask(call: Call, route: Route, values: Record<string, unknown>): Promise<Record<string, unknown>> {
  try {
    requirePermission(call.principal, route.permission, call.workspace);
    const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [snakeCase(name), value]));
    return (await route.handler({ ...call, input: new Input(named), params: {} })) as Record<string, unknown>;
  } catch (error) {
    const problem = problemOf(error as Error);
    if (problem.code === "internal") call.ctx.log.error("request failed", { url: call.request.url, error });
    throw new GraphQLError(answerOf(problem).body.message);
  }
}

const mostLookups = 1000;

/** Asks for what belongs to a run: once for equal values, and not for more runs than one request may cost. */
function lookUp({ call, found }: Asked, route: Route, values: Record<string, unknown>): Promise<unknown> {
  const key = JSON.stringify([route.path, values]);
  const known = found.get(key);
  if (known) return known;
  if (found.size >= mostLookups) {
    const { body } = answerOf(new Problem("invalid", "The query asks for what belongs to too many runs.", { hint }));
    throw new GraphQLError(body.message);
  }
  const asked = ask(call, route, values);
  found.set(key, asked);
  return asked;
}

const hint = `It is at most ${mostLookups}; set maxResults.`;

type Source = Record<string, unknown> & { info?: { run_id: string; experiment_id: string } };
type Resolve = GraphQLFieldResolver<Source | undefined, Asked>;

const ofRun: Record<string, Resolve> = {
  experiment: async (run, _, asked) => {
    const values = { experimentId: run!.info!.experiment_id };
    return ((await lookUp(asked, endpoints.mlflowGetExperiment!, values)) as Source).experiment;
  },
  modelVersions: async (run, _, asked) => {
    const values = { filter: `run_id='${run!.info!.run_id}'` };
    return ((await lookUp(asked, endpoints.mlflowSearchModelVersions!, values)) as Source).model_versions;
  },
};

export const resolve: Resolve = (source, args, asked, info) => {
  const { fieldName, parentType } = info;
  if (source === undefined) {
    const route = endpoints[fieldName];
    return route ? ask(asked.call, route, args.input ?? {}) : { output: args.inputString };
  }
  const own = parentType.name === "MlflowRunExtension" ? ofRun[fieldName] : undefined;
  return own ? own(source, args, asked, info) : shownValue(source[snakeCase(fieldName)], info);
};

/** Protobuf's defaults stand for what is not set, and null for a metric that is no number. */
function shownValue(value: unknown, { returnType }: Parameters<Resolve>[3]): unknown {
  if (typeof value === "string" && /^(NaN|-?Infinity)$/.test(value) && String(returnType) === "Float") return null;
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  if (value !== undefined && value !== null) return value;
  const type = getNullableType(returnType);
  if (isListType(type)) return [];
  return isScalarType(type) ? defaults[type.name] : null;
}

const defaults: Record<string, unknown> = { String: "", LongString: 0, Float: 0, Boolean: false };
