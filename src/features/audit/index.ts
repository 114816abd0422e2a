import type { auditContract } from "../../contract/audit.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { listParked } from "../../platform/events/parking.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { closedSignal } from "../../platform/http/closed.ts";
import { listEvents, redeliverEvent, verifyChain, watchEvents } from "./service.ts";

export const createAuditHandlers = (subscribers: Subscriber[]): Handlers<typeof auditContract> => ({
  list: ({ query }, ctx) => listEvents(ctx, query),
  verify: (_, ctx) => verifyChain(ctx),
  watch: async ({ query }, ctx, call) => watchEvents(ctx, query.workspace, closedSignal(call.request)),
  listParked: async (_, ctx) => ({ items: await listParked(ctx) }),
  redeliver: ({ params }, ctx) => redeliverEvent(ctx, subscribers, params),
});
