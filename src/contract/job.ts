import { z } from "zod";
import {
  actorSchema,
  digestSchema,
  identified,
  inWorkspace,
  nameSchema,
  pageOf,
  pageQuery,
  tagsSchema,
  timeSchema,
  treePathSchema,
} from "./common.ts";
import { issueSchema } from "./errors.ts";
import { operation } from "./operation.ts";

export const valueTypes = ["number", "integer", "boolean", "string"] as const;
export const assetTypes = [
  "uri_file",
  "uri_folder",
  "mltable",
  "mlflow_model",
  "custom_model",
  "triton_model",
] as const;

const ioName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/);
export const stepNameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,254}$/);

/** Where a value comes from. */
export const bindingSchema = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("literal"), value: z.union([z.string(), z.number(), z.boolean()]) }),
  /** An input of the pipeline. */
  z.strictObject({ from: z.literal("input"), input: ioName }),
  /** An output of an earlier step. */
  z.strictObject({ from: z.literal("step"), step: stepNameSchema, output: ioName }),
  /** A named asset: `diabetes`, version `3`, `@latest` or `@champion`. Pinned to a digest when the job is submitted. */
  z.strictObject({
    from: z.literal("asset"),
    kind: z.enum(["data", "model"]),
    name: nameSchema,
    version: z.string().optional(),
    label: z.string().optional(),
    digest: digestSchema.optional(),
  }),
  /** Files that came with the job. `path` is set when the input is one file of the tree. */
  z.strictObject({ from: z.literal("tree"), digest: digestSchema, path: treePathSchema.optional() }),
]);
export type Binding = z.infer<typeof bindingSchema>;

export const jobInputSchema = z.strictObject({
  type: z.enum([...valueTypes, ...assetTypes]),
  optional: z.boolean().default(false),
  min: z.number().optional(),
  max: z.number().optional(),
  enum: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  binding: bindingSchema.nullable(),
});
export type JobInput = z.infer<typeof jobInputSchema>;

export const jobOutputSchema = z.strictObject({
  type: z.enum(assetTypes),
  /** Register what the step writes here as a version of a data asset or model. An empty output registers nothing. */
  register: z.strictObject({ name: nameSchema, version: z.string().optional() }).nullable().default(null),
});
export type JobOutput = z.infer<typeof jobOutputSchema>;

/** What a step runs in, by content. `condaFile` null and `image` null mean the agent's own interpreter. */
export const jobEnvironmentSchema = z.strictObject({
  name: nameSchema.nullable(),
  condaFile: z.string().max(1_000_000).nullable(),
  image: z.string().max(1000).nullable(),
});
export type JobEnvironment = z.infer<typeof jobEnvironmentSchema>;

/** One command step. In `command`, `${{inputs.x}}`, `${{outputs.y}}` and `$[[ optional group ]]` are filled in. */
export const stepSchema = z.strictObject({
  displayName: z.string().max(255).optional(),
  command: z.string().min(1).max(100_000),
  /** Digest of the code tree; it is unpacked into the step's working directory. */
  code: digestSchema.nullable(),
  environment: jobEnvironmentSchema,
  environmentVariables: z.record(z.string(), z.string()).default({}),
  inputs: z.record(ioName, jobInputSchema).default({}),
  outputs: z.record(ioName, jobOutputSchema).default({}),
  /** May an earlier result with the same key be reused? */
  deterministic: z.boolean().default(true),
  maxRetries: z.number().int().min(0).max(10).default(0),
  timeoutSeconds: z
    .number()
    .positive()
    .max(30 * 86_400)
    .default(7 * 86_400),
});
export type Step = z.infer<typeof stepSchema>;

/** A job: a pipeline of steps. A command job is a pipeline with one step. */
export const jobDefinitionSchema = z.strictObject({
  type: z.enum(["command", "pipeline"]),
  name: nameSchema.optional(),
  displayName: z.string().max(255),
  experiment: z.string().min(1).max(500),
  description: z.string().max(10_000).default(""),
  tags: tagsSchema.default({}),
  inputs: z.record(ioName, jobInputSchema).default({}),
  /** Outputs of the pipeline: which step's output each one is. */
  outputs: z.record(ioName, z.strictObject({ step: stepNameSchema, output: ioName })).default({}),
  steps: z.record(stepNameSchema, stepSchema),
  continueOnStepFailure: z.boolean().default(false),
  forceRerun: z.boolean().default(false),
});
export type JobDefinition = z.infer<typeof jobDefinitionSchema>;

export const jobStates = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export const stepStates = [
  "pending",
  "queued",
  "running",
  "waiting",
  "succeeded",
  "reused",
  "failed",
  "cancelled",
  "skipped",
] as const;

/** Why a step ran or did not have to. */
export const reuseSchema = z.object({
  status: z.enum(["hit", "miss", "waiting", "disabled"]),
  /** sha256 of the key's pre-image. */
  key: z.string().nullable(),
  /** The job whose step produced the reused outputs. */
  originJobId: z.string().nullable(),
  /** In words: `same command, code, environment and inputs as step train of job …`. */
  reason: z.string(),
});

export const stepViewSchema = z.object({
  name: stepNameSchema,
  displayName: z.string(),
  state: z.enum(stepStates),
  needs: z.array(stepNameSchema),
  attempt: z.number().int(),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  error: z.string().nullable(),
  runId: z.string().nullable(),
  reuse: reuseSchema.nullable(),
  /** Digest of the tree of each output. */
  outputs: z.record(z.string(), z.object({ digest: digestSchema, files: z.number().int(), size: z.number().int() })),
});
export type StepView = z.infer<typeof stepViewSchema>;

export const jobSchema = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  type: z.enum(["command", "pipeline"]),
  experiment: z.string(),
  state: z.enum(jobStates),
  error: z.string().nullable(),
  /** What started it: `person`, or `monitor/<name>/<run>`. */
  trigger: z.string(),
  runId: z.string().nullable(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  createdBy: actorSchema,
});
export type Job = z.infer<typeof jobSchema>;

export const jobDetailSchema = jobSchema.extend({
  definition: jobDefinitionSchema,
  steps: z.array(stepViewSchema),
  /** What it registered: `data/diabetes/2`, `model/diabetes/3`. */
  registered: z.array(z.string()),
});
export type JobDetail = z.infer<typeof jobDetailSchema>;

/** YAML in a stored tree, and values to set over it: `{"inputs.alpha": "0.1"}`. */
export const jobSourceSchema = z.strictObject({
  tree: digestSchema,
  file: treePathSchema,
  set: z.record(z.string(), z.string()).default({}),
});

export const logLineSchema = z.object({
  offset: z.number().int(),
  at: timeSchema,
  stream: z.enum(["stdout", "stderr", "system"]),
  text: z.string(),
});

export const jobContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs",
    summary: "List jobs, newest first",
    permission: "job:read",
    params: inWorkspace,
    query: pageQuery.extend({ state: z.enum(jobStates).optional(), experiment: z.string().optional() }),
    response: pageOf(jobSchema),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs",
    summary: "Submit a job: a definition, or Azure ML YAML in a stored tree",
    permission: "job:write",
    params: inWorkspace,
    body: z.strictObject({
      definition: jobDefinitionSchema.optional(),
      source: jobSourceSchema.optional(),
      /** Submitting again with the same key gives the same job. */
      idempotencyKey: z.string().min(1).max(200).optional(),
    }),
    bodyLimit: 16 * 1024 * 1024,
    response: jobSchema,
  }),
  validate: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs/validate",
    summary: "Check a job without running it",
    permission: "job:read",
    params: inWorkspace,
    body: jobSourceSchema,
    response: z.object({
      valid: z.boolean(),
      issues: z.array(issueSchema),
      definition: jobDefinitionSchema.nullable(),
    }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}",
    summary: "A job with its steps",
    permission: "job:read",
    params: identified,
    response: jobDetailSchema,
  }),
  cancel: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/cancel",
    summary: "Stop a job and every process of it",
    permission: "job:write",
    params: identified,
    body: z.strictObject({ reason: z.string().max(2000).default("") }),
    response: jobSchema,
  }),
  logs: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}/steps/{step}/logs",
    summary: "Log lines of a step from an offset; waits up to `wait` seconds for new ones",
    permission: "job:read",
    params: identified.extend({ step: stepNameSchema }),
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
      wait: z.coerce.number().min(0).max(30).default(0),
    }),
    response: z.object({ lines: z.array(logLineSchema), next: z.number().int(), ended: z.boolean() }),
  }),
};
