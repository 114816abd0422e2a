import { z } from "zod";
import { assetSourceSchema } from "./asset-source.ts";
import {
  actorSchema,
  digestSchema,
  fileSchema,
  inWorkspace,
  named,
  nameSchema,
  pageOf,
  tagsSchema,
  timeSchema,
  versioned,
} from "./common.ts";
import { lineageSchema } from "./lineage.ts";
import { checkStates, modelCheckContract, modelCheckSchema, modelFactsSchema } from "./model-check.ts";
import { modelPolicyContract } from "./model-policy.ts";
import { modelNumberSchema, modelTypes } from "./model-type.ts";
import { operation } from "./operation.ts";
import { metricValueSchema } from "./run.ts";

export const modelVersionSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  /** Digest of the tree of model files; null until the files are known. */
  digest: digestSchema.nullable(),
  size: z.number().int(),
  /** `onnx`, `mlflow`, `custom`. */
  format: z.string(),
  aliases: z.array(z.string()),
  /** Whether its files have been checked and may be used. */
  checkState: z.enum(checkStates),
  /** None, Staging, Production, Archived, or a stage of the workspace. */
  stage: z.string(),
  tags: tagsSchema,
  metrics: z.record(z.string(), metricValueSchema),
  runId: z.string().nullable(),
  jobId: z.string().nullable(),
  /** The data the model was trained on: `data/diabetes/1`. */
  trainingData: z.array(z.string()),
  createdAt: timeSchema,
  createdBy: actorSchema,
});
export type ModelVersion = z.infer<typeof modelVersionSchema>;

export const modelSchema = z.object({
  name: z.string(),
  description: z.string(),
  latest: z.string().nullable(),
  versions: z.number().int(),
  aliases: z.record(z.string(), z.string()),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});

/** An alias that moved: from no version (it was made) or to none (it was taken away). */
export const aliasChangeSchema = z.object({
  alias: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  at: timeSchema,
  by: actorSchema,
  reason: z.string(),
});
export type AliasChange = z.infer<typeof aliasChangeSchema>;

/** A version that went from one stage to another. */
export const stageChangeSchema = z.object({
  version: z.string(),
  from: z.string(),
  to: z.string(),
  at: timeSchema,
  by: actorSchema,
  reason: z.string(),
});
export type StageChange = z.infer<typeof stageChangeSchema>;

export const deletedVersionSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: digestSchema.nullable(),
  deletedAt: timeSchema,
  deletedBy: actorSchema,
});

export const modelContract = {
  ...modelCheckContract,
  ...modelPolicyContract,
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models",
    summary: "List registered models by name",
    permission: "model:read",
    params: inWorkspace,
    query: z.object({
      /** Only models with this in their name, in any case. */
      contains: z.string().max(256).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(1000),
      /** The `next` of the previous page. */
      after: z.string().optional(),
    }),
    response: pageOf(modelSchema),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}",
    summary: "A model and its versions, newest first",
    permission: "model:read",
    params: named,
    response: modelSchema.extend({ items: z.array(modelVersionSchema) }),
  }),
  getVersion: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}",
    summary: "One model version, its files, and where it is deployed",
    permission: "model:read",
    params: versioned,
    response: modelVersionSchema.extend({
      files: z.array(fileSchema),
      check: modelCheckSchema,
      ...modelFactsSchema.shape,
      deployments: z.array(
        z.object({
          endpoint: z.string(),
          deployment: z.string(),
          traffic: z.number(),
          release: z.number().int().nullable(),
        }),
      ),
    }),
  }),
  resolve: operation({
    method: "GET",
    path: "/workspaces/{workspace}/model-version",
    summary: "The model version that a reference means: name:3, name@alias, sha256:…, models:/name/3",
    permission: "model:read",
    params: inWorkspace,
    query: z.object({ reference: z.string().min(1).max(600) }),
    response: modelVersionSchema,
  }),
  lineage: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/lineage",
    summary:
      "Where a model version comes from (run, data, code, environment, job) and what came of it (versions, builds, releases, deployments)",
    permission: "model:read",
    params: versioned,
    response: lineageSchema,
  }),
  createVersion: operation({
    method: "POST",
    path: "/workspaces/{workspace}/models/{name}/versions",
    summary: "Register a model version from a stored tree, a URL, or what a job or a run wrote",
    permission: "model:write",
    params: named,
    body: z.strictObject({
      /** Files that are stored already, or `source`: from where they are taken now. */
      tree: digestSchema.optional(),
      source: assetSourceSchema.optional(),
      /** The number that it is to have; without one, the next. */
      version: modelNumberSchema.optional(),
      /** `mlflow_model` is refused for files that are none. */
      type: z.enum(modelTypes).optional(),
      description: z.string().max(5000).default(""),
      tags: tagsSchema.default({}),
      /** The run that made it: metrics, data and job are taken from there. */
      runId: z.string().optional(),
      /** Versions that it was made from, such as `churn:2`. */
      parents: z.array(z.string().max(600)).max(20).default([]),
    }),
    response: modelVersionSchema,
  }),
  setAlias: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/models/{name}/aliases/{alias}",
    summary: "Point an alias at a version; a protected alias takes model:promote",
    permission: "model:alias",
    params: named.extend({ alias: nameSchema }),
    body: z.strictObject({ version: z.string(), reason: z.string().max(2000).default("") }),
    response: modelSchema,
  }),
  setStage: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/stage",
    summary: "Move a version to a stage; a protected stage takes model:promote",
    permission: "model:alias",
    params: versioned,
    body: z.strictObject({
      stage: z.string().max(100),
      /** What is in that stage already goes to Archived. */
      archiveOthers: z.boolean().default(false),
      reason: z.string().max(2000).default(""),
    }),
    response: modelVersionSchema,
  }),
  stageHistory: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/stage-history",
    summary: "How the versions of a model went through the stages: who, when, and why; newest first",
    permission: "model:read",
    params: named,
    query: z.object({ version: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(200) }),
    response: z.object({ items: z.array(stageChangeSchema) }),
  }),
  deleted: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/deleted-versions",
    summary: "Versions of a model that were deleted and can be restored, the last deleted first",
    permission: "model:read",
    params: named,
    response: z.object({ items: z.array(deletedVersionSchema) }),
  }),
  restore: operation({
    method: "POST",
    path: "/workspaces/{workspace}/models/{name}/deleted-versions/{version}/restore",
    summary: "Bring a deleted version back, without its aliases",
    permission: "model:write",
    params: versioned,
    response: modelVersionSchema,
  }),
  deleteAlias: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/models/{name}/aliases/{alias}",
    summary: "Take an alias away; a protected alias takes model:promote",
    permission: "model:alias",
    params: named.extend({ alias: nameSchema }),
    query: z.object({ reason: z.string().max(2000).default("") }),
    response: modelSchema,
  }),
  aliasHistory: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/alias-history",
    summary: "Where the aliases of a model pointed: who moved them, when, from where to where, and why; newest first",
    permission: "model:read",
    params: named,
    query: z.object({ alias: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(200) }),
    response: z.object({ items: z.array(aliasChangeSchema) }),
  }),
};
