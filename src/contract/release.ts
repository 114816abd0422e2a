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
} from "./common.ts";
import { operation } from "./operation.ts";

export const releaseStates = ["running", "waiting", "succeeded", "rejected", "failed", "cancelled"] as const;
export const verdicts = ["pass", "fail", "inconclusive"] as const;

/** What a release is: a list of digests. Its own digest is the sha256 of this, in canonical JSON; approvals sign it. */
export const manifestSchema = z.object({
  schema: z.literal(1),
  build: z.object({ name: z.string(), number: z.number().int(), code: digestSchema }),
  models: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      digest: digestSchema,
      /** Tree that is served in place of the version's own files: its conversion to ONNX. */
      conversion: digestSchema.optional(),
    }),
  ),
  /** Files of the web application, when the build has one. */
  application: digestSchema.nullable(),
  configuration: digestSchema.nullable(),
  environmentLocks: z.array(digestSchema),
  monitors: z.array(z.object({ name: z.string(), digest: digestSchema })),
  evidence: z.array(z.object({ name: z.string(), digest: digestSchema })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const checkResultSchema = z.object({
  type: z.string(),
  verdict: z.enum(verdicts).nullable(),
  /** What was measured against what. */
  detail: z.string(),
  at: timeSchema.nullable(),
});

export const decisionSchema = z.object({
  stage: z.string(),
  decision: z.enum(["approve", "reject"]),
  by: actorSchema,
  at: timeSchema,
  comment: z.string(),
  /** Digest of the manifest that was decided on. */
  manifestDigest: digestSchema,
});

export const releaseStageSchema = z.object({
  stage: z.string(),
  state: z.enum([
    "pending",
    "checking",
    "waiting",
    "deploying",
    "succeeded",
    "rejected",
    "failed",
    "skipped",
    "cancelled",
  ]),
  checks: z.array(checkResultSchema),
  decisions: z.array(decisionSchema),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  endpoint: z.string(),
  deployment: z.string().nullable(),
  error: z.string().nullable(),
});
export type ReleaseStage = z.infer<typeof releaseStageSchema>;

export const releaseSchema = z.object({
  number: z.number().int(),
  state: z.enum(releaseStates),
  build: z.number().int(),
  trigger: z.string(),
  manifestDigest: digestSchema,
  stages: z.array(releaseStageSchema),
  createdAt: timeSchema,
  endedAt: timeSchema.nullable(),
  createdBy: actorSchema,
});
export type Release = z.infer<typeof releaseSchema>;

const decide = z.strictObject({
  stage: nameSchema,
  comment: z.string().max(2000).default(""),
  /** The manifest that you looked at; refused when the release has another one. */
  manifestDigest: digestSchema,
});

export const releaseContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/releases",
    summary: "List releases, newest first",
    permission: "release:read",
    params: inWorkspace,
    query: numberedPageQuery,
    response: pageOf(releaseSchema),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/releases/{number}",
    summary: "A release: manifest, stages, checks, decisions",
    permission: "release:read",
    params: numbered,
    response: releaseSchema.extend({ manifest: manifestSchema }),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/releases",
    summary: "Release a build through the stages",
    permission: "release:write",
    params: inWorkspace,
    body: z.strictObject({
      build: z.number().int().positive().max(2_147_483_647),
      /** Names of monitors that are part of the release. */
      monitors: z.array(nameSchema).max(100).default([]),
      idempotencyKey: z.string().min(1).max(200).optional(),
    }),
    response: releaseSchema,
  }),
  approve: operation({
    method: "POST",
    path: "/workspaces/{workspace}/releases/{number}/approve",
    summary: "Approve a release for a stage; signs the manifest",
    permission: "release:approve",
    params: numbered,
    body: decide,
    response: releaseSchema,
  }),
  reject: operation({
    method: "POST",
    path: "/workspaces/{workspace}/releases/{number}/reject",
    summary: "Reject a release for a stage",
    permission: "release:approve",
    params: numbered,
    body: decide,
    response: releaseSchema,
  }),
  cancel: operation({
    method: "POST",
    path: "/workspaces/{workspace}/releases/{number}/cancel",
    summary: "Stop a release; what is deployed stays",
    permission: "release:write",
    params: numbered,
    body: z.strictObject({ reason: z.string().max(2000).default("") }),
    response: releaseSchema,
  }),
};
