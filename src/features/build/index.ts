import type { buildContract } from "../../contract/build.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { createBuild, getBuild, listBuilds } from "./service.ts";

export { buildJobs } from "./finish.ts";
export { buildModelSchema } from "./model-schema.ts";
export { lockNumbers, nextNumber } from "./numbering.ts";
export { buildReferences } from "./references.ts";
export { retrainedModels } from "./retraining.ts";
export { buildSchema } from "./schema.ts";
export { buildsOf, getBuild } from "./service.ts";

export const buildHandlers: Handlers<typeof buildContract> = {
  list: ({ params, query }, ctx) => listBuilds(ctx, params.workspace, query),
  get: ({ params }, ctx) => getBuild(ctx, params.workspace, params.number),
  create: ({ params, body }, ctx) => createBuild(ctx, { ...params, ...body, trigger: "person" }),
};
