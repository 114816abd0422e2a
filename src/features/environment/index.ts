import type { environmentContract } from "../../contract/environment.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { archiveEnvironment, createEnvironment, listEnvironments, listVersions } from "./service.ts";

export { findLock, recordLock } from "./lock.ts";
export { environmentReferences } from "./references.ts";
export { recordEnvironments, requireBuildable } from "./register.ts";
export { environmentContentSchema, environmentSchema } from "./schema.ts";
export { findEnvironment } from "./service.ts";
export { inlineName, specificationDigest } from "./specification.ts";

export const environmentHandlers: Handlers<typeof environmentContract> = {
  list: async ({ params, query }, ctx) => ({ items: await listEnvironments(ctx, params.workspace, query.archived) }),
  create: ({ params, body }, ctx) => createEnvironment(ctx, params.workspace, params.name, body),
  get: async ({ params }, ctx) => ({ items: await listVersions(ctx, params.workspace, params.name) }),
  archive: async ({ params, body }, ctx) => ({
    items: await archiveEnvironment(ctx, params.workspace, params.name, { ...body, archived: true }),
  }),
  restore: async ({ params, body }, ctx) => ({
    items: await archiveEnvironment(ctx, params.workspace, params.name, { ...body, archived: false }),
  }),
};
