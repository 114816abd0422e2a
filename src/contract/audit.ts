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

/** An event that one of Trainyard's own reactions failed at, again and again, and that was put aside. */
export const parkedEventSchema = z.object({
  /** Who failed: `build.jobs`. */
  subscriber: z.string(),
  seq: z.number().int(),
  type: z.string(),
  subject: z.string(),
  error: z.string(),
  attempts: z.number().int(),
  parkedAt: timeSchema,
});
export type ParkedEvent = z.infer<typeof parkedEventSchema>;

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
  listParked: operation({
    method: "GET",
    path: "/audit/parked",
    summary: "List events that a reaction of the server failed at and that were put aside",
    permission: "access:read",
    response: z.object({ items: z.array(parkedEventSchema) }),
  }),
  redeliver: operation({
    method: "POST",
    path: "/audit/parked/{subscriber}/{seq}",
    summary: "Deliver a parked event once more",
    permission: "access:manage",
    params: z.object({ subscriber: z.string(), seq: z.coerce.number().int() }),
    response: z.object({}),
  }),
};
