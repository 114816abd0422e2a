import { z } from "zod";
import { actorSchema, digestSchema, timeSchema } from "./common.ts";
import { stepNameSchema } from "./job-definition.ts";
import { namedJob } from "./job-named.ts";
import { operation } from "./operation.ts";

/** A gate as the one who asks sees it. */
export const gateViewSchema = z.object({
  message: z.string(),
  /** Names of those who may decide; empty: whoever may approve jobs. */
  approvers: z.array(z.string()),
  quorum: z.number().int(),
  excludeSubmitter: z.boolean(),
  /** When its time is over; null: never, or it does not wait yet. */
  until: timeSchema.nullable(),
  /** sha256 of what is decided on; each decision signs it. Null until it waits. */
  digest: digestSchema.nullable(),
  /** What is decided on: values, and files by content. */
  inputs: z.record(
    z.string(),
    z.union([
      z.object({ kind: z.literal("value"), type: z.string(), value: z.string() }),
      z.object({ kind: z.literal("files"), type: z.string(), tree: digestSchema, path: z.string().nullable() }),
    ]),
  ),
  decisions: z.array(
    z.object({
      by: actorSchema,
      verdict: z.enum(["approve", "reject"]),
      comment: z.string(),
      at: timeSchema,
    }),
  ),
  /** Why the one who asks may not decide; null: may, if the permission is there. */
  refusal: z.string().nullable(),
});
export type GateView = z.infer<typeof gateViewSchema>;

export const gateContract = {
  decide: operation({
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/steps/{step}/decisions",
    summary: "Approve or reject at a gate of a job",
    permission: "job:approve",
    params: namedJob.extend({ step: stepNameSchema }),
    body: z.strictObject({ verdict: z.enum(["approve", "reject"]), comment: z.string().max(10_000).default("") }),
    response: gateViewSchema,
  }),
};
