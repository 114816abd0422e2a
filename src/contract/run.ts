import { z } from "zod";
import { identified, inWorkspace, listQuery, pageOf, pageQuery, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";
import { runChangeContract } from "./run-change.ts";

export const runStates = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const;

/** JSON has no NaN or Infinity: they travel as strings, as in the MLflow REST API. */
export const metricValueSchema = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);
export type MetricValue = z.infer<typeof metricValueSchema>;

export const experimentSchema = z.object({
  id: z.string(),
  name: z.string(),
  runs: z.number().int(),
  lifecycleStage: z.enum(["active", "deleted"]),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  /** When the run that was started last was started. */
  lastRunAt: timeSchema.nullable(),
});

export const runSchema = z.object({
  id: z.string(),
  name: z.string(),
  experimentId: z.string(),
  state: z.enum(runStates),
  lifecycleStage: z.enum(["active", "deleted"]),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  /** Name of the user. */
  user: z.string(),
  parentRunId: z.string().nullable(),
  jobId: z.string().nullable(),
  params: z.record(z.string(), z.string()),
  /** The latest value of each metric. */
  metrics: z.record(z.string(), metricValueSchema),
  tags: z.record(z.string(), z.string()),
});
export type Run = z.infer<typeof runSchema>;

export const metricPointSchema = z.object({ value: metricValueSchema, timestamp: timeSchema, step: z.number().int() });

/** Which runs are meant. All that is said must hold. */
const runFilterQuery = z.object({
  /** One or several; none for all of the workspace. */
  experimentId: listQuery.optional(),
  jobId: z.string().optional(),
  parentRunId: z.string().optional(),
  /** MLflow's filter language: `metrics.rmse < 50 and params.lr = '0.1' and tags.team like 'b%'`. */
  filter: z.string().max(20_000).optional(),
  lifecycle: z.enum(["active", "deleted", "all"]).default("active"),
});

const runListQuery = runFilterQuery.extend({
  /** MLflow's order language, several clauses separated by commas: `metrics.rmse DESC, start_time`. */
  orderBy: z.union([z.string(), z.array(z.string())]).optional(),
  /** Which params, metrics and tags the items carry, such as `metrics.rmse,params.lr`; all unless said. */
  columns: z.union([z.string(), z.array(z.string())]).optional(),
});

const mostHistories = 100;

/** One point stands for a stretch of the history: the last of it, with the least and greatest value in it. */
export const historyPointSchema = metricPointSchema.extend({
  /** How many points it stands for. */
  count: z.number().int(),
  /** Null when there is no number among them. */
  min: z.number().nullable(),
  max: z.number().nullable(),
});
export type HistoryPoint = z.infer<typeof historyPointSchema>;

const artifactQuery = z.object({ path: z.string().min(1).max(1024) });

/** A data set as the tracking client described it. */
const datasetSchema = z.object({
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  /** `training`, `evaluation`, … */
  context: z.string().nullable(),
});

/** A logged model that a run made (`output`) or used (`input`). */
const runModelSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  state: z.string(),
  role: z.enum(["input", "output"]),
  step: z.number().int(),
  /** Under which names it was registered: `diabetes/3`. */
  registered: z.array(z.string()),
});

export const runContract = {
  ...runChangeContract,
  listExperiments: operation({
    method: "GET",
    path: "/workspaces/{workspace}/experiments",
    summary: "List experiments",
    permission: "run:read",
    params: inWorkspace,
    response: z.object({ items: z.array(experimentSchema) }),
  }),
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/runs",
    summary: "Find runs; those started last come first unless ordered otherwise",
    permission: "run:read",
    params: inWorkspace,
    query: pageQuery.extend(runListQuery.shape),
    response: pageOf(runSchema),
  }),
  export: operation({
    method: "GET",
    path: "/workspaces/{workspace}/run-export",
    summary: "The same runs as CSV, all of them",
    permission: "run:read",
    params: inWorkspace,
    query: runListQuery,
    response: "bytes",
  }),
  count: operation({
    method: "GET",
    path: "/workspaces/{workspace}/run-count",
    summary: "How many runs there are; counting stops at 100,001",
    permission: "run:read",
    params: inWorkspace,
    query: runFilterQuery,
    /** `capped`: there are more than `count` says. */
    response: z.object({ count: z.number().int(), capped: z.boolean() }),
  }),
  keys: operation({
    method: "GET",
    path: "/workspaces/{workspace}/run-keys",
    summary: "The metrics, params and tags that runs of some experiments have, by name",
    permission: "run:read",
    params: inWorkspace,
    query: z.object({
      /** One or several; none for all of the workspace. */
      experimentId: listQuery.optional(),
      /** Only names with this in them, in any case. */
      contains: z.string().max(250).optional(),
      /** Most names of each kind. */
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
    }),
    response: z.object({
      metrics: z.array(z.string()),
      params: z.array(z.string()),
      tags: z.array(z.string()),
      /** There are more names than the limit let through. */
      more: z.boolean(),
    }),
  }),
  history: operation({
    method: "GET",
    path: "/workspaces/{workspace}/run-history",
    summary: "The history of one metric for several runs, in as many points as a chart can show",
    permission: "run:read",
    params: inWorkspace,
    query: z.object({
      runId: listQuery.refine((ids) => ids.length > 0 && ids.length <= mostHistories, `1 to ${mostHistories} run ids`),
      key: z.string(),
      by: z.enum(["step", "time"]).default("step"),
      /** The first and last step, or time in ms, to show. */
      from: z.coerce.number().int().optional(),
      to: z.coerce.number().int().optional(),
      /** Most points per run. */
      points: z.coerce.number().int().min(1).max(2500).default(500),
    }),
    response: z.object({
      series: z.array(
        z.object({
          runId: z.string(),
          /** How many points were logged in what was asked for. */
          count: z.number().int(),
          points: z.array(historyPointSchema),
        }),
      ),
    }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/runs/{id}",
    summary: "A run with its params, latest metrics, tags and artifacts",
    permission: "run:read",
    params: identified,
    response: runSchema.extend({
      artifacts: z.array(z.object({ path: z.string(), size: z.number().int(), digest: z.string() })),
      datasets: z.array(datasetSchema),
      models: z.array(runModelSchema),
    }),
  }),
  metricHistory: operation({
    method: "GET",
    path: "/workspaces/{workspace}/runs/{id}/metrics",
    summary: "Every point of one metric",
    permission: "run:read",
    params: identified,
    query: z.object({ key: z.string(), limit: z.coerce.number().int().min(1).max(100_000).default(10_000) }),
    response: z.object({ points: z.array(metricPointSchema) }),
  }),
  artifact: operation({
    method: "GET",
    path: "/workspaces/{workspace}/runs/{id}/artifact",
    summary: "Download one artifact of a run",
    permission: "run:read",
    params: identified,
    query: artifactQuery,
    response: "bytes",
  }),
};
