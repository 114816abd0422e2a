import type { computeContract } from "../../contract/compute.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import * as service from "./service.ts";

export { type Capacity, claimable, noteCapacity } from "./limits.ts";
export { confinementOf, noteOf, type Placement, placing } from "./place.ts";
export { canStart, lookAtLine, whyTasksWait } from "./queue.ts";
export { computeSchemaStep } from "./schema.ts";

export const computeHandlers: Handlers<typeof computeContract> = {
  list: async (_, ctx) => ({ items: await service.listComputes(ctx) }),
  get: ({ params }, ctx) => service.getCompute(ctx, params.name),
  create: ({ body }, ctx) => service.createCompute(ctx, body),
  delete: async ({ params }, ctx) => void (await service.deleteCompute(ctx, params.name)),
  quota: ({ params }, ctx) => service.getQuota(ctx, params.workspace),
  setQuota: ({ params, body }, ctx) => service.setQuota(ctx, params.workspace, body),
};
