import { z } from "zod";
import {
  actorSchema,
  digestSchema,
  inWorkspace,
  nameSchema,
  numbered,
  numberedPageQuery,
  pageOf,
  timeSchema,
  treePathSchema,
} from "./common.ts";
import { modelVersionRefSchema } from "./model-reference.ts";
import { operation } from "./operation.ts";

export const buildStates = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

export const testResultSchema = z.object({
  tests: z.number().int(),
  failures: z.number().int(),
  errors: z.number().int(),
  skipped: z.number().int(),
  /** Seconds. */
  time: z.number(),
  cases: z.array(
    z.object({
      name: z.string(),
      className: z.string(),
      outcome: z.enum(["passed", "failed", "error", "skipped"]),
      message: z.string().nullable(),
      time: z.number(),
    }),
  ),
});
export type TestResult = z.infer<typeof testResultSchema>;

/** A build: one code snapshot, its test results, the model versions it packages, and the evidence for them. */
export const buildSchema = z.object({
  number: z.number().int(),
  name: nameSchema,
  state: z.enum(buildStates),
  error: z.string().nullable(),
  trigger: z.string(),
  /** Digest of the code tree. */
  code: digestSchema,
  models: z.array(z.object({ name: z.string(), version: z.string(), digest: digestSchema })),
  tests: testResultSchema.nullable(),
  /** Named facts with the digest of what proves them. */
  evidence: z.array(z.object({ name: z.string(), digest: digestSchema, summary: z.string() })),
  jobId: z.string().nullable(),
  createdAt: timeSchema,
  endedAt: timeSchema.nullable(),
  createdBy: actorSchema,
});
export type Build = z.infer<typeof buildSchema>;

export const buildContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/builds",
    summary: "List builds, newest first",
    permission: "build:read",
    params: inWorkspace,
    query: numberedPageQuery,
    response: pageOf(buildSchema),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/builds/{number}",
    summary: "A build with its test results and evidence",
    permission: "build:read",
    params: numbered,
    response: buildSchema,
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/builds",
    summary: "Build a code snapshot together with model versions",
    permission: "build:write",
    params: inWorkspace,
    body: z.strictObject({
      name: nameSchema,
      tree: digestSchema,
      /** An Azure Pipelines file in the tree. */
      file: treePathSchema,
      /** References such as `churn@champion`, or names with versions. */
      models: z.array(modelVersionRefSchema).max(1000).default([]),
      idempotencyKey: z.string().min(1).max(200).optional(),
    }),
    response: buildSchema,
  }),
};
