import type { monitorContract } from "../../contract/monitor.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import * as service from "./service.ts";

export const monitorHandlers: Handlers<typeof monitorContract> = {
  list: async ({ params }, ctx) => ({ items: await service.listMonitors(ctx, params.workspace) }),
  get: ({ params }, ctx) => service.getMonitor(ctx, params.workspace, params.name),
  put: ({ params, body }, ctx) => service.putMonitor(ctx, params.workspace, params.name, body),
  run: ({ params, body }, ctx) => service.runMonitor(ctx, params.workspace, params.name, body.idempotencyKey),
  listRuns: ({ params, query }, ctx) => service.listRuns(ctx, params.workspace, params.name, query),
};
