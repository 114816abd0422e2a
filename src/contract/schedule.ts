import { z } from "zod";
import { actorSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";
import { startPipelineSchema } from "./pipeline.ts";
import { triggerSchema } from "./trigger.ts";

export const scheduleSettingsSchema = z.strictObject({
  description: z.string().max(10_000).default(""),
  trigger: triggerSchema,
  pipeline: nameSchema,
  /** In text values, `${{creation_context.trigger_time}}` is the time at which it was due. */
  start: startPipelineSchema.prefault({}),
  /** While a job that it started still runs: leave this one out, wait for it, start anyway, or cancel it. */
  overlap: z.enum(["skip", "queue", "allow", "cancel"]).default("skip"),
  /** Times that passed while no server ran: none of them, the last one, or each (at most 100). */
  catchUp: z.enum(["none", "last", "all"]).default("last"),
  enabled: z.boolean().default(true),
});
export type ScheduleSettings = z.output<typeof scheduleSettingsSchema>;

export const firingStates = ["queued", "started", "skipped", "failed"] as const;
export const firingSchema = z.object({
  id: z.string(),
  /** When it was due; of a trigger that is no clock, when it came. */
  dueAt: timeSchema,
  /** `time`, `backfill`, `data/<name>/<version>`, `webhook`, or `person`. */
  cause: z.string(),
  state: z.enum(firingStates),
  jobId: z.string().nullable(),
  /** Why it was skipped, or failed. */
  reason: z.string().nullable(),
  createdAt: timeSchema,
});
export type Firing = z.infer<typeof firingSchema>;

export const scheduleSchema = z.object({
  name: nameSchema,
  ...scheduleSettingsSchema.shape,
  /** Null for one that is off, at its end, or has no clock. */
  nextAt: timeSchema.nullable(),
  last: firingSchema.nullable(),
  createdAt: timeSchema,
  /** Its jobs are started in this name. */
  createdBy: actorSchema,
});
export type Schedule = z.infer<typeof scheduleSchema>;

export const scheduleContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/schedules",
    summary: "List schedules by name",
    permission: "job:read",
    params: inWorkspace,
    response: z.object({ items: z.array(scheduleSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/schedules/{name}",
    summary: "A schedule with what it did last and when it is due next",
    permission: "job:read",
    params: named,
    response: scheduleSchema.extend({ firings: z.array(firingSchema), due: z.array(timeSchema) }),
  }),
  preview: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/preview",
    summary: "The next times of a trigger",
    permission: "job:read",
    params: inWorkspace,
    body: z.strictObject({ trigger: triggerSchema, count: z.number().int().min(1).max(100).default(5) }),
    response: z.object({ due: z.array(timeSchema) }),
  }),
  put: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/schedules/{name}",
    summary: "Create a schedule, or change it",
    permission: "job:write",
    params: named,
    body: scheduleSettingsSchema,
    response: scheduleSchema,
  }),
  switch: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/switch",
    summary: "Switch a schedule on or off; nothing else of it changes, nor in whose name it starts jobs",
    permission: "job:write",
    params: named,
    body: z.strictObject({ enabled: z.boolean() }),
    response: scheduleSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/schedules/{name}",
    summary: "Delete a schedule; jobs that it started stay",
    permission: "job:write",
    params: named,
  }),
  fire: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/fire",
    summary: "Start what a schedule starts, now",
    permission: "job:write",
    params: named,
    response: firingSchema,
  }),
  backfill: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/backfill",
    summary: "Start it for each time at which it would have been due in a span, oldest first; at most 1,000",
    permission: "job:write",
    params: named,
    body: z.strictObject({ from: timeSchema, to: timeSchema }),
    response: z.object({ due: z.array(timeSchema), alreadyThere: z.number().int() }),
  }),
  /** The address itself is the secret. */
  renewHook: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/address",
    summary: "Make a new address for a schedule with a webhook trigger; the one before stops working",
    permission: "job:write",
    params: named,
    response: z.object({ path: z.string() }),
  }),
  callHook: operation({
    method: "POST",
    path: "/hooks/{workspace}/{name}/{secret}",
    summary: "Start what a schedule with a webhook trigger starts",
    permission: "public",
    params: named.extend({ secret: z.string().min(1).max(200) }),
    body: z.unknown(),
    response: z.object({ firing: z.string() }),
  }),
};
