import { openApiDocument } from "../contract/openapi.ts";
import type { systemContract } from "../contract/system.ts";
import { listAgents } from "../features/agent/index.ts";
import { liveNodes } from "../features/endpoint/index.ts";
import type { Ctx } from "../platform/context.ts";
import { databaseKindOf } from "../platform/db/open.ts";
import type { Handlers } from "../platform/http/bind.ts";
import { version } from "./version.ts";

const startedAt = Date.now();

export const createSystemHandlers = (): Handlers<typeof systemContract> => ({
  health: async () => ({ status: "ok", version }),
  status: (_, ctx) => status(ctx),
  openapi: async () => openApiDocument(version),
});

async function status(ctx: Ctx) {
  const queued = await ctx.db
    .selectFrom("task")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("state", "=", "queued")
    .executeTakeFirstOrThrow();
  return {
    version,
    startedAt,
    database: databaseKindOf(ctx.config),
    home: ctx.config.home,
    memory: process.memoryUsage.rss(),
    servingUrl: (await liveNodes(ctx))[0]?.url ?? null,
    agents: await listAgents(ctx),
    queuedTasks: Number(queued.count),
  };
}
