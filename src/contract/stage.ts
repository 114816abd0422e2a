import { z } from "zod";
import { inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** What must hold before a release may be deployed to a stage. Owned by the stage, not by the pipeline file. */
export const checkSchema = z.discriminatedUnion("type", [
  /** People say yes. The requester of the release may not, unless `requesterMayApprove`. */
  z.strictObject({
    type: z.literal("approval"),
    /** User names; empty means anyone whose role may approve. */
    approvers: z.array(nameSchema).default([]),
    minimum: z.number().int().min(1).max(50).default(1),
    requesterMayApprove: z.boolean().default(false),
    /** Hours until an undecided approval counts as a rejection. */
    timeoutHours: z.number().positive().max(8760).default(720),
    instructions: z.string().max(2000).default(""),
  }),
  /** A metric of the model version against a bound, or against the version that the stage serves now. */
  z.strictObject({
    type: z.literal("metric"),
    metric: z.string().min(1),
    /** Absolute bounds. */
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  /** Every test of the build passed. */
  z.strictObject({ type: z.literal("tests"), minTests: z.number().int().min(1).default(1) }),
  /** The training data of the model satisfied its expectations. */
  z.strictObject({ type: z.literal("data-quality") }),
  /** The card of the model version has everything that the workspace requires of a card. */
  z.strictObject({
    type: z.literal("card"),
    /** What an incomplete card means: no, or that people decide. */
    incomplete: z.enum(["fail", "inconclusive"]).default("fail"),
  }),
  /** After deployment, before traffic: rows are sent and answers compared. */
  z.strictObject({
    type: z.literal("smoke"),
    /** Milliseconds that the slowest of the requests may take. */
    maxLatencyMs: z.number().positive().default(1000),
  }),
]);
export type Check = z.infer<typeof checkSchema>;

export const stageSchema = z.object({
  name: nameSchema,
  /** Stages are deployed to in this order. */
  order: z.number().int(),
  endpoint: nameSchema,
  /** Alias that moves to the model version when the stage has it: `champion` for production. */
  alias: nameSchema.nullable(),
  checks: z.array(checkSchema),
  /** The release it serves now. */
  release: z.number().int().nullable(),
  updatedAt: timeSchema,
});
export type Stage = z.infer<typeof stageSchema>;

export const stageContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/stages",
    summary: "List stages in order, with what each serves",
    permission: "stage:read",
    params: inWorkspace,
    response: z.object({ items: z.array(stageSchema) }),
  }),
  put: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/stages/{name}",
    summary: "Create or replace a stage and its checks",
    permission: "stage:write",
    params: named,
    body: z.strictObject({
      order: z.number().int().min(0).max(1000),
      endpoint: nameSchema,
      alias: nameSchema.nullable().default(null),
      checks: z.array(checkSchema).max(50).default([]),
    }),
    response: stageSchema,
  }),
};
