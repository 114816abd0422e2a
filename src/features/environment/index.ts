import type { environmentContract } from "../../contract/environment.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { createEnvironment, listEnvironments } from "./service.ts";

export { environmentSchema } from "./schema.ts";
export { findEnvironment, findLock, recordEnvironment, recordLock, specificationDigest } from "./service.ts";

export const environmentHandlers: Handlers<typeof environmentContract> = {
  list: async ({ params }, ctx) => ({ items: await listEnvironments(ctx, params.workspace) }),
  create: ({ params, body }, ctx) => createEnvironment(ctx, params.workspace, { name: params.name, ...body }),
  get: async ({ params }, ctx) => ({ items: await listEnvironments(ctx, params.workspace, params.name) }),
};
