import { z } from "zod";
import { assetFileSchema } from "./asset-file.ts";
import { atWorkContract } from "./at-work.ts";
import { codeSnapshotSchema } from "./code-snapshot.ts";
import { actorSchema, digestSchema, inWorkspace, pageOf, pageQuery, tagsSchema, timeSchema } from "./common.ts";
import { resourcesSchema } from "./compute.ts";
import { issueSchema } from "./errors.ts";
import { childCountsSchema, fanOutContract } from "./fan-out.ts";
import { debugSchema, jobDefinitionSchema, sampleRowsSchema, stepKinds, stepNameSchema } from "./job-definition.ts";
import { gateContract, gateViewSchema } from "./job-gate.ts";
import { namedJob } from "./job-named.ts";
import { jobOriginSchema, relatedJobSchema, rerunOperations } from "./job-rerun.ts";
import { jobBodyShape, jobSourceSchema } from "./job-source.ts";
import { omittedSchema, stepsContract } from "./job-steps.ts";
import { operation } from "./operation.ts";

export * from "./job-definition.ts";
export * from "./job-gate.ts";
export * from "./job-rerun.ts";
export * from "./job-source.ts";
export * from "./job-steps.ts";

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

/** How it was decided whether a step runs. */
export const reuseStatuses = [
  /** An earlier result was taken. */
  "hit",
  /** There was no earlier result, so it ran. */
  "miss",
  /** The same step is running elsewhere; its result will be taken. */
  "waiting",
  /** There was an earlier result, but it is too old, or its files are gone or damaged; it ran. */
  "evicted",
  /** It ran because it was told to, whatever there was. */
  "forced",
  /** It is declared not deterministic, reads a URL by itself or is debugged: it runs, and nothing is kept for reuse. */
  "disabled",
  /** The earlier results could not be looked up, so it ran. */
  "lookup_failed",
  /** It ran, but its result could not be kept for reuse. */
  "put_failed",
  /** The result was taken over from the job that this one resumes, whether deterministic or not. */
  "recovered",
] as const;

/** Why a step ran or did not have to. */
export const reuseSchema = z.object({
  status: z.enum(reuseStatuses),
  /** sha256 of the key's pre-image. */
  key: z.string().nullable(),
  /** The job whose step produced the reused outputs. */
  originJobId: z.string().nullable(),
  /** And the step of that job. */
  originStep: z.string().nullable(),
  /** In words: `same command, code, environment and inputs as step train of job …`. */
  reason: z.string(),
});

/** What a step's key was made of, beside that of the earlier step that is nearest to it. */
export const explanationSchema = z.object({
  reuse: reuseSchema.nullable(),
  /** Without it, why there is nothing to say: of a gate, a sweep or a loop; not decided yet; skipped. */
  note: z.string().nullable(),
  /** Everything that decides what the step does; the key is its sha256 in canonical JSON. */
  preimage: z.record(z.string(), z.unknown()).nullable(),
  /** The step whose result was taken; else, of the last ten of the same name in the experiment, the one that differs least. */
  compared: z
    .object({
      jobId: z.string(),
      step: z.string(),
      createdAt: timeSchema,
      preimage: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  differences: z.array(
    z.object({
      /** `key format`, `command`, `code`, `environment`, `processes`, `environment variable A`, `secret in A`, `input data`, `output model`, `network`, `GPUs` */
      part: z.string(),
      now: z.unknown().optional(),
      before: z.unknown().optional(),
      /** Of code and of inputs that are files: paths of those that differ, at most 100. */
      files: z.array(z.object({ path: z.string(), change: z.enum(["added", "removed", "changed"]) })).optional(),
    }),
  ),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** An attempt at a step after which there was another one. */
const earlierAttemptSchema = z.object({
  attempt: z.number().int(),
  /** What it logged: each attempt has a run of its own. */
  runId: z.string(),
  /** Whose fault it was: the command's, the machine's (it was lost), that of who did not answer, an error of the server's. */
  fault: z.enum(["user", "system", "network", "program"]),
  error: z.string(),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema,
});
export type EarlierAttempt = z.infer<typeof earlierAttemptSchema>;

export const stepViewSchema = z.object({
  name: stepNameSchema,
  displayName: z.string(),
  state: z.enum(stepStates),
  needs: z.array(stepNameSchema),
  attempt: z.number().int(),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  error: z.string().nullable(),
  /** Of the newest attempt. */
  runId: z.string().nullable(),
  earlierAttempts: z.array(earlierAttemptSchema),
  reuse: reuseSchema.nullable(),
  /** Name of the compute that it runs on. */
  compute: z.string(),
  resources: resourcesSchema,
  /** Why it is still queued: `2 of 2 cpus in use; position 14`. */
  waitsFor: z.string().nullable(),
  /** What it is: a command, a gate, …; the server adds `environment`, and `fetch` and `store` for what lies at URLs. */
  kind: z.enum([...stepKinds, "environment", "fetch", "store"]),
  /** Digest of the tree of each output; the value of one of a value type. */
  outputs: z.record(
    z.string(),
    z.object({
      digest: digestSchema,
      files: z.number().int(),
      size: z.number().int(),
      value: z.string().optional(),
    }),
  ),
  /** Of a gate: who may decide, and who did. */
  gate: gateViewSchema.nullable(),
  /** Of a sweep or a loop that has begun: its jobs. */
  children: childCountsSchema.nullable(),
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
  /** Gates at which it waits for people now. */
  waiting: z.array(z.object({ step: stepNameSchema, you: z.boolean() })),
  /** Of a trial of a sweep or an item of a loop: the step that started it. */
  parent: z.object({ jobId: z.string(), step: stepNameSchema }).nullable(),
  /** The job that it goes on with, or runs again. */
  origin: jobOriginSchema.nullable(),
  description: z.string(),
  tags: tagsSchema,
  archived: z.boolean(),
  /** Since when it is hidden, until it is restored or purged. */
  deletedAt: timeSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;

export const jobDetailSchema = jobSchema.extend({
  definition: jobDefinitionSchema,
  steps: z.array(stepViewSchema),
  /** How much of a large job is left out here. */
  omitted: omittedSchema,
  /** What it registered: `data/diabetes/2`, `model/diabetes/3`. */
  registered: z.array(z.string()),
  /** Jobs that go on with this one, or run it again. */
  related: z.array(relatedJobSchema),
  /** The work tree of git that its code came from. */
  code: codeSnapshotSchema.nullable(),
});
export type JobDetail = z.infer<typeof jobDetailSchema>;

export const jobChangeSchema = z.strictObject({
  displayName: z.string().min(1).max(255).optional(),
  description: z.string().max(10_000).optional(),
  /** Values to set by key; null removes the tag. Others stay. */
  tags: z.record(z.string().min(1).max(250), z.string().max(8000).nullable()).optional(),
});
export type JobChange = z.output<typeof jobChangeSchema>;

export const logLineSchema = z.object({
  offset: z.number().int(),
  at: timeSchema,
  stream: z.enum(["stdout", "stderr", "system"]),
  text: z.string(),
});

/** What checking a file finds. */
export const validationSchema = z.object({
  valid: z.boolean(),
  /** What the file is: `a pipeline job`, `a data asset`. */
  kind: z.string(),
  issues: z.array(issueSchema),
  /** What is taken and changes nothing here, though it would where the file comes from. */
  warnings: z.array(issueSchema),
  definition: jobDefinitionSchema.nullable(),
  /** What a file that is no job defines: data, a schedule, … */
  asset: assetFileSchema.nullable(),
});

export const jobContract = {
  ...gateContract,
  ...fanOutContract,
  ...atWorkContract,
  ...stepsContract(stepViewSchema, jobSchema),
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs",
    summary: "List jobs, newest first",
    permission: "job:read",
    params: inWorkspace,
    query: pageQuery.extend({
      state: z.enum(jobStates).optional(),
      experiment: z.string().optional(),
      /** Only jobs that have this in their name, in capitals or not. */
      name: z.string().min(1).max(200).optional(),
      /** Only jobs with this tag, `key=value`, or with a tag of this key; several times: with all of them. */
      tag: z
        .union([z.string(), z.array(z.string())])
        .transform((value) => [value].flat())
        .optional(),
      /** Only jobs that wait at a gate. */
      waiting: z.enum(["true"]).optional(),
      /** Archived jobs too, or only those; without it, the others. */
      archived: z.enum(["include", "only"]).optional(),
      /** Deleted jobs, which are in no other list. */
      deleted: z.enum(["only"]).optional(),
    }),
    response: pageOf(jobSchema),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs",
    summary: "Submit a job: a definition, or Azure ML YAML in a stored tree",
    permission: "job:write",
    params: inWorkspace,
    body: z.strictObject({
      ...jobBodyShape,
      /** Run it on the first rows of its tables only; then it registers nothing. */
      sample: z.strictObject({ rows: sampleRowsSchema }).optional(),
      /** One of its command steps waits for a debugger; its limits of time do not count. */
      debug: debugSchema.extend({ step: stepNameSchema }).optional(),
      /** Submitting again with the same key gives the same job. */
      idempotencyKey: z.string().min(1).max(200).optional(),
    }),
    bodyLimit: 16 * 1024 * 1024,
    response: jobSchema,
  }),
  validate: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs/validate",
    summary: "Check a job, or another file of the YAML language, without running anything",
    permission: "job:read",
    params: inWorkspace,
    body: z.union([jobSourceSchema, z.strictObject({ definition: jobDefinitionSchema })]),
    bodyLimit: 16 * 1024 * 1024,
    response: validationSchema,
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}",
    summary: "A job with its steps; of a large one, with the first thousand",
    permission: "job:read",
    params: namedJob,
    response: jobDetailSchema,
  }),
  update: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/jobs/{id}",
    summary: "Change the display name, the description and tags of a job, and of its run",
    permission: "job:write",
    params: namedJob,
    body: jobChangeSchema,
    response: jobSchema,
  }),
  cancel: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/cancel",
    summary: "Stop a job and every process of it",
    permission: "job:write",
    params: namedJob,
    body: z.strictObject({ reason: z.string().max(2000).default("") }),
    response: jobSchema,
  }),
  resume: operation({ ...rerunOperations.resume, response: jobSchema }),
  rerun: operation({ ...rerunOperations.rerun, response: jobSchema }),
  archive: operation({ ...rerunOperations.archive, response: jobSchema }),
  restore: operation({ ...rerunOperations.restore, response: jobSchema }),
  delete: operation({ ...rerunOperations.delete, response: jobSchema }),
  explain: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}/steps/{step}/reuse",
    summary: "Why a step ran or did not have to, and what differs from the nearest earlier one",
    permission: "job:read",
    params: namedJob.extend({ step: stepNameSchema }),
    response: explanationSchema,
  }),
  logs: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}/steps/{step}/logs",
    summary: "Log lines of a step from an offset, or the last ones; waits up to `wait` seconds for new ones",
    permission: "job:read",
    params: namedJob.extend({ step: stepNameSchema }),
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
      /** The last so many lines, in place of `limit` from `offset`. */
      tail: z.coerce.number().int().min(1).max(10_000).optional(),
      wait: z.coerce.number().min(0).max(30).default(0),
    }),
    response: z.object({ lines: z.array(logLineSchema), next: z.number().int(), ended: z.boolean() }),
  }),
};
