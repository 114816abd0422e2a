import type { dataContract } from "../../contract/data.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import * as service from "./service.ts";

export const dataHandlers: Handlers<typeof dataContract> = {
  list: async ({ params }, ctx) => ({ items: await service.listData(ctx, params.workspace) }),
  get: ({ params }, ctx) => service.getData(ctx, params.workspace, params.name),
  getVersion: ({ params }, ctx) => service.getDataVersion(ctx, params.workspace, params.name, params.version),
  create: ({ params, body }, ctx) => service.createDataVersion(ctx, { ...params, ...body, jobId: null }),
  setExpectations: ({ params, body }, ctx) => service.setExpectations(ctx, params.workspace, params.name, body),
};
