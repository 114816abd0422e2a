import { z } from "zod";
import { codeSnapshotSchema } from "./code-snapshot.ts";
import { actorSchema, digestSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { jobDefinitionSchema, jobSchema, jobSourceSchema } from "./job.ts";
import { operation } from "./operation.ts";

/** Values for inputs by name. Of data and models: `name`, `name:version` or `name@label`. */
export const startInputsSchema = z.record(
  z.string().max(255),
  z.union([z.string().max(10_000), z.number(), z.boolean()]),
);

/** What starting a published pipeline takes. */
export const startPipelineSchema = z.strictObject({
  /** Without one, the newest that is not withdrawn. */
  version: z.number().int().min(1).optional(),
  inputs: startInputsSchema.default({}),
  experiment: z.string().min(1).max(500).optional(),
  displayName: z.string().min(1).max(255).optional(),
  forceRerun: z.boolean().optional(),
});
export type StartPipeline = z.output<typeof startPipelineSchema>;

/** A published pipeline: a definition under a name and a number, which anyone with the permission starts. */
export const publishedPipelineSchema = z.object({
  name: nameSchema,
  version: z.number().int(),
  description: z.string(),
  /** sha256 of the definition. */
  digest: digestSchema,
  inputs: jobDefinitionSchema.shape.inputs,
  steps: z.number().int(),
  /** The work tree of git that its code came from. */
  code: codeSnapshotSchema.pick({ commit: true, branch: true, remote: true, file: true, dirty: true }).nullable(),
  /** Why it is not to be started any more; null while it is. */
  withdrawn: z.string().nullable(),
  createdAt: timeSchema,
  createdBy: actorSchema,
});
export type PublishedPipeline = z.infer<typeof publishedPipelineSchema>;

const versioned = named.extend({ version: z.coerce.number().int().min(1) });

export const pipelineContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/pipelines",
    summary: "Published pipelines, the newest version of each",
    permission: "job:read",
    params: inWorkspace,
    response: z.object({ items: z.array(publishedPipelineSchema) }),
  }),
  publish: operation({
    method: "POST",
    path: "/workspaces/{workspace}/pipelines",
    summary: "Publish a definition as the next version; the same definition again gives the version that there is",
    permission: "job:write",
    params: inWorkspace,
    body: z.strictObject({
      name: nameSchema,
      description: z.string().max(10_000).default(""),
      definition: jobDefinitionSchema.optional(),
      source: jobSourceSchema.optional(),
      /** The work tree of git that its code comes from; jobs that it starts have it. */
      code: codeSnapshotSchema.optional(),
    }),
    bodyLimit: 16 * 1024 * 1024,
    response: publishedPipelineSchema,
  }),
  versions: operation({
    method: "GET",
    path: "/workspaces/{workspace}/pipelines/{name}",
    summary: "The versions of a published pipeline, newest first",
    permission: "job:read",
    params: named,
    response: z.object({ items: z.array(publishedPipelineSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/pipelines/{name}/versions/{version}",
    summary: "One version of a published pipeline, with its definition",
    permission: "job:read",
    params: versioned,
    response: publishedPipelineSchema.extend({ definition: jobDefinitionSchema }),
  }),
  withdraw: operation({
    method: "POST",
    path: "/workspaces/{workspace}/pipelines/{name}/versions/{version}/withdraw",
    summary: "Let a version not be started any more; an empty reason takes that back",
    permission: "job:write",
    params: versioned,
    body: z.strictObject({ reason: z.string().max(2000) }),
    response: publishedPipelineSchema,
  }),
  start: operation({
    method: "POST",
    path: "/workspaces/{workspace}/pipelines/{name}/start",
    summary: "Start a published pipeline",
    permission: "job:write",
    params: named,
    body: startPipelineSchema.extend({
      /** Starting again with the same key gives the same job. */
      idempotencyKey: z.string().min(1).max(200).optional(),
    }),
    response: jobSchema,
  }),
};
