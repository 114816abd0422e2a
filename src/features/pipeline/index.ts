import type { pipelineContract } from "../../contract/pipeline.ts";
import type { BlobReferences } from "../../platform/blob/references.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { getVersion, listPipelines, listVersions, publishPipeline, startPipeline, withdrawVersion } from "./service.ts";

export { jobsNamedByPipelines } from "./named-jobs.ts";
export { pipelineCodeSchema, pipelineSchema } from "./schema.ts";
export { checkInputs, publishPipeline, requirePipeline, startPipeline } from "./service.ts";

export const pipelineReferences: BlobReferences[] = [
  { table: "published_pipeline", key: ["workspace", "name", "version"], columns: ["definition"], trees: true },
];

export const pipelineHandlers: Handlers<typeof pipelineContract> = {
  list: ({ params }, ctx) => listPipelines(ctx, params.workspace),
  publish: ({ params, body }, ctx) => publishPipeline(ctx, { workspace: params.workspace, ...body }),
  versions: ({ params }, ctx) => listVersions(ctx, params.workspace, params.name),
  get: ({ params }, ctx) => getVersion(ctx, params.workspace, params.name, params.version),
  withdraw: ({ params, body }, ctx) => withdrawVersion(ctx, params, body.reason),
  start: ({ params, body }, ctx) => startPipeline(ctx, params, body),
};
