import { z } from "zod";
import { timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

export const systemContract = {
  health: operation({
    method: "GET",
    path: "/health",
    summary: "Is the server up",
    permission: "public",
    response: z.object({ status: z.literal("ok"), version: z.string() }),
  }),
  status: operation({
    method: "GET",
    path: "/status",
    summary: "What this installation is and how it does",
    permission: "signed-in",
    response: z.object({
      version: z.string(),
      startedAt: timeSchema,
      database: z.enum(["sqlite", "postgres"]),
      home: z.string(),
      /** Bytes. */
      memory: z.number(),
      servingUrl: z.string().nullable(),
      agents: z.array(z.object({ id: z.string(), lastSeenAt: timeSchema, runningTasks: z.number().int() })),
      queuedTasks: z.number().int(),
    }),
  }),
  openapi: operation({
    method: "GET",
    path: "/openapi.json",
    summary: "This API as an OpenAPI 3.1 document",
    permission: "public",
    response: z.record(z.string(), z.unknown()),
  }),
};
