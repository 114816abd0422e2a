import { z } from "zod";
import { actorSchema, nameSchema, pageOf, pageQuery, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** One change: who did what to what, when and why. Each row carries the hash of the one before it. */
export const auditEventSchema = z.object({
  seq: z.number().int(),
  at: timeSchema,
  workspace: z.string(),
  /** Past-tense verb after the noun: `model.version.created`. */
  type: z.string(),
  /** What changed: `model/diabetes/3`. */
  subject: z.string(),
  actor: actorSchema,
  reason: z.string().nullable(),
  data: z.unknown(),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

export const auditContract = {
  list: operation({
    method: "GET",
    path: "/audit",
    summary: "List changes, newest first",
    permission: "audit:read",
    query: pageQuery.extend({
      workspace: nameSchema.default("default"),
      type: z.string().optional(),
      subject: z.string().optional(),
    }),
    response: pageOf(auditEventSchema),
  }),
  verify: operation({
    method: "GET",
    path: "/audit/verify",
    summary: "Recompute the hash chain and say whether it is whole",
    permission: "audit:read",
    response: z.object({ valid: z.boolean(), events: z.number().int(), firstBroken: z.number().int().nullable() }),
  }),
  watch: operation({
    method: "GET",
    path: "/audit/watch",
    summary: "Stream changes as they happen (server-sent events, CloudEvents 1.0 JSON)",
    permission: "audit:read",
    query: z.object({ workspace: nameSchema.default("default") }),
    response: "events",
  }),
};
