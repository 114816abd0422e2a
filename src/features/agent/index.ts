import type { agentContract } from "../../contract/agent.ts";
import type { HooksByKind } from "../../engine/index.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { closedSignal } from "../../platform/http/closed.ts";
import * as service from "./service.ts";

export { agentSchema } from "./schema.ts";
export { listAgents } from "./service.ts";

/** The agent protocol; `hooks` are what features do when tasks of theirs start and end. */
export const createAgentHandlers = (hooks: HooksByKind): Handlers<typeof agentContract> => ({
  claim: ({ body }, ctx, call) => service.claim(ctx, hooks, body, closedSignal(call.request)),
  heartbeat: ({ body }, ctx) => service.beat(ctx, body),
  complete: ({ body }, ctx) => service.complete(ctx, hooks, body),
  fail: async ({ body }, ctx) => void (await service.fail(ctx, hooks, body)),
  log: async ({ body }, ctx) => void (await service.log(ctx, body)),
  lock: ({ body }, ctx) => service.environmentLock(ctx, body),
});
