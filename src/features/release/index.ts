import type { releaseContract } from "../../contract/release.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { decide } from "./decide.ts";
import { cancelRelease, createRelease, getRelease, listReleases } from "./service.ts";

export { releaseHooks } from "./hooks.ts";
export { releaseReferences } from "./references.ts";
export { retrainedBuilds } from "./retraining.ts";
export { releaseSchema } from "./schema.ts";
export { getRelease, releasesOfBuilds } from "./service.ts";

export const releaseHandlers: Handlers<typeof releaseContract> = {
  list: ({ params, query }, ctx) => listReleases(ctx, params.workspace, query),
  get: ({ params }, ctx) => getRelease(ctx, params.workspace, params.number),
  create: ({ params, body }, ctx) => createRelease(ctx, { ...params, ...body, trigger: "person" }),
  approve: ({ params, body }, ctx) => decide(ctx, { ...params, ...body, decision: "approve" }),
  reject: ({ params, body }, ctx) => decide(ctx, { ...params, ...body, decision: "reject" }),
  cancel: ({ params, body }, ctx) => cancelRelease(ctx, params.workspace, params.number, body.reason),
};
