import { z } from "zod";
import {
  digestSchema,
  inWorkspace,
  named,
  nameSchema,
  pageOf,
  pageQuery,
  timeSchema,
  treePathSchema,
} from "./common.ts";
import { jobSourceSchema } from "./job.ts";
import { operation } from "./operation.ts";

export const numericalMetrics = [
  "jensen_shannon_distance",
  "normalized_wasserstein_distance",
  "population_stability_index",
  "two_sample_kolmogorov_smirnov_test",
] as const;
export const categoricalMetrics = [
  "jensen_shannon_distance",
  "population_stability_index",
  "pearsons_chi_squared_test",
] as const;

/** What to do when the monitor raises an alert: train again, then build and release what comes out. */
export const retrainingSchema = z.strictObject({
  job: jobSourceSchema,
  /** Build and release the new model version; the release then goes through the stages' own checks. */
  build: z.strictObject({ name: nameSchema, tree: digestSchema, file: treePathSchema }).nullable().default(null),
});

export const monitorDefinitionSchema = z.strictObject({
  endpoint: nameSchema,
  /** Data asset that production data is compared with; `latest` or a version. */
  referenceData: z.strictObject({ name: nameSchema, version: z.string() }),
  /** Names of the columns to compare; empty means every input of the model. */
  features: z.array(z.string()).default([]),
  numerical: z.partialRecord(z.enum(numericalMetrics), z.number()).default({ normalized_wasserstein_distance: 0.1 }),
  categorical: z.partialRecord(z.enum(categoricalMetrics), z.number()).default({ jensen_shannon_distance: 0.1 }),
  /** Fewer production rows than this make the verdict inconclusive: with less, distances exceed 0.1 by chance alone. */
  minRows: z.number().int().min(1).default(500),
  /** How far back production data is read, in hours. */
  lookbackHours: z.number().positive().default(168),
  /** Run by itself every so many minutes; 0 means only when asked. */
  everyMinutes: z.number().min(0).default(60),
  retraining: retrainingSchema.nullable().default(null),
});
export type MonitorDefinition = z.infer<typeof monitorDefinitionSchema>;

export const featureDriftSchema = z.object({
  feature: z.string(),
  type: z.enum(["numerical", "categorical"]),
  metric: z.string(),
  value: z.number(),
  threshold: z.number(),
  drifted: z.boolean(),
  /** Both samples over the same bins, as shares. */
  histogram: z.object({ labels: z.array(z.string()), reference: z.array(z.number()), production: z.array(z.number()) }),
});

export const monitorRunSchema = z.object({
  number: z.number().int(),
  state: z.enum(["running", "succeeded", "failed"]),
  verdict: z.enum(["pass", "fail", "inconclusive"]).nullable(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  referenceRows: z.number().int(),
  productionRows: z.number().int(),
  features: z.array(featureDriftSchema),
  /** In words; for an alert, which columns moved and how far. */
  message: z.string(),
  /** The job that the alert started. */
  retrainingJobId: z.string().nullable(),
});
export type MonitorRun = z.infer<typeof monitorRunSchema>;

export const monitorSchema = z.object({
  name: nameSchema,
  definition: monitorDefinitionSchema,
  lastRun: monitorRunSchema.nullable(),
  nextRunAt: timeSchema.nullable(),
  createdAt: timeSchema,
});

export const monitorContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/monitors",
    summary: "List monitors with their newest result",
    permission: "monitor:read",
    params: inWorkspace,
    response: z.object({ items: z.array(monitorSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/monitors/{name}",
    summary: "A monitor",
    permission: "monitor:read",
    params: named,
    response: monitorSchema,
  }),
  put: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/monitors/{name}",
    summary: "Create or replace a monitor",
    permission: "monitor:write",
    params: named,
    body: monitorDefinitionSchema,
    response: monitorSchema,
  }),
  run: operation({
    method: "POST",
    path: "/workspaces/{workspace}/monitors/{name}/run",
    summary: "Run a monitor now",
    permission: "monitor:write",
    params: named,
    body: z.strictObject({ idempotencyKey: z.string().min(1).max(200).optional() }),
    response: monitorRunSchema,
  }),
  listRuns: operation({
    method: "GET",
    path: "/workspaces/{workspace}/monitors/{name}/runs",
    summary: "Results of a monitor, newest first",
    permission: "monitor:read",
    params: named,
    query: pageQuery,
    response: pageOf(monitorRunSchema),
  }),
};
