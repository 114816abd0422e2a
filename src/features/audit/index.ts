import type { auditContract } from "../../contract/audit.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { closedSignal } from "../../platform/http/closed.ts";
import { listEvents, verifyChain, watchEvents } from "./service.ts";

export const auditHandlers: Handlers<typeof auditContract> = {
  list: ({ query }, ctx) => listEvents(ctx, query),
  verify: (_, ctx) => verifyChain(ctx),
  watch: async ({ query }, ctx, call) => watchEvents(ctx, query.workspace, closedSignal(call.request)),
};
