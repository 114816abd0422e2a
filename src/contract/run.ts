import { z } from "zod";
import { identified, inWorkspace, pageOf, pageQuery, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

export const runStates = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const;

/** JSON has no NaN or Infinity: they travel as strings, as in the MLflow REST API. */
export const metricValueSchema = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);

export const experimentSchema = z.object({
  id: z.string(),
  name: z.string(),
  runs: z.number().int(),
  lifecycleStage: z.enum(["active", "deleted"]),
  createdAt: timeSchema,
  updatedAt: timeSchema,
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

export const runContract = {
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
    summary: "List runs, newest first",
    permission: "run:read",
    params: inWorkspace,
    query: pageQuery.extend({ experimentId: z.string().optional(), jobId: z.string().optional() }),
    response: pageOf(runSchema),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/runs/{id}",
    summary: "A run with its params, latest metrics, tags and artifacts",
    permission: "run:read",
    params: identified,
    response: runSchema.extend({ artifacts: z.array(z.object({ path: z.string(), size: z.number().int() })) }),
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
    query: z.object({ path: z.string().min(1).max(1024) }),
    response: "bytes",
  }),
};
