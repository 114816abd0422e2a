import { z } from "zod";
import { timeSchema } from "./common.ts";
import { stepNameSchema } from "./job-definition.ts";
import { namedJob } from "./job-named.ts";
import { operation } from "./operation.ts";
import { sweepSchema } from "./sweep.ts";

export const childStates = ["running", "succeeded", "failed", "cancelled", "stopped"] as const;

/** How many jobs of a sweep or a loop are in each state; `total`: as many as there will be at most. */
export const childCountsSchema = z.object({
  total: z.number().int(),
  running: z.number().int(),
  succeeded: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  /** Ended by the sweep before their time. */
  stopped: z.number().int(),
  /** Of those that succeeded: in which nothing had to run. */
  reused: z.number().int(),
});
export type ChildCounts = z.infer<typeof childCountsSchema>;

const value = z.union([z.string(), z.number(), z.boolean()]);

/** One trial of a sweep, or one item of a loop: a job of its own. */
export const childSchema = z.object({
  number: z.number().int(),
  jobId: z.string(),
  runId: z.string().nullable(),
  state: z.enum(childStates),
  /** The values of a trial, or the item of a loop. */
  given: z.union([value, z.record(z.string(), value)]),
  /** Last value of a sweep's primary metric. */
  metric: z.number().nullable(),
  /** Steps that ended well, and how many of them did not have to run; null until it has ended. */
  steps: z.object({ done: z.number().int(), reused: z.number().int() }).nullable(),
  /** Why it was stopped, or what failed. */
  note: z.string().nullable(),
  createdAt: timeSchema,
  endedAt: timeSchema.nullable(),
});
export type Child = z.infer<typeof childSchema>;

const stepOfJob = namedJob.extend({ step: stepNameSchema });

export const fanOutContract = {
  children: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}/steps/{step}/children",
    summary: "The trials of a sweep, or the items of a loop, in the order of their numbers",
    permission: "job:read",
    params: stepOfJob,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(10_000).default(100),
      /** Number of the last one of the page before. */
      after: z.coerce.number().int().min(-1).default(-1),
      state: z.enum(childStates).optional(),
    }),
    response: z.object({ items: z.array(childSchema), next: z.number().int().optional() }),
  }),
  sweep: operation({
    method: "GET",
    path: "/workspaces/{workspace}/jobs/{id}/steps/{step}/sweep",
    summary: "How a sweep stands: its best trial, and how much each parameter matters",
    permission: "job:read",
    params: stepOfJob,
    response: z.object({
      objective: sweepSchema.shape.objective,
      counts: childCountsSchema,
      best: childSchema.nullable(),
      /** Share of the metric's variance that each parameter explains by itself; empty with fewer than 8 results. */
      importance: z.record(z.string(), z.number()),
    }),
  }),
};
