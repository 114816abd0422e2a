import { z } from "zod";
import { codeSnapshotSchema } from "./code-snapshot.ts";
import { actorSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { jobDefinitionSchema } from "./job-definition.ts";
import { operation } from "./operation.ts";
import { startPipelineSchema } from "./pipeline.ts";
import { triggerSchema } from "./trigger.ts";

export const scheduleSettingsSchema = z.strictObject({
  description: z.string().max(10_000).default(""),
  trigger: triggerSchema,
  pipeline: nameSchema,
  /** Texts of its inputs may have names in them that are known when it starts: see late-value.ts. */
  start: startPipelineSchema.prefault({}),
  /**
   * While a job that it started still runs: leave a time out (of data and calls the newest waits), wait for it, start
   * anyway, or cancel it.
   */
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
  /** Of a webhook trigger: is there an address, and the key that signs its calls if they must be signed? */
  hasAddress: z.boolean(),
  /** Null for one that is off, at its end, or has no clock. */
  nextAt: timeSchema.nullable(),
  last: firingSchema.nullable(),
  createdAt: timeSchema,
  /** Its jobs are started in this name. */
  createdBy: actorSchema,
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** A definition that is given along is published under the pipeline's name first, in the same change. */
const settingsBody = scheduleSettingsSchema.extend({
  definition: jobDefinitionSchema.optional(),
  /** Of a definition: the work tree of git that its code comes from. */
  code: codeSnapshotSchema.optional(),
});
const definitionLimit = 16 * 1024 * 1024;

/** A time in ms, or a day or time in writing; without an offset, of the trigger's time zone. */
const momentSchema = z.union([timeSchema, z.string().max(40)]);

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
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules",
    summary: "Create a schedule; a conflict when there is one of the name",
    permission: "job:write",
    params: inWorkspace,
    body: settingsBody.extend({ name: nameSchema }),
    bodyLimit: definitionLimit,
    response: scheduleSchema,
  }),
  put: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/schedules/{name}",
    summary: "Create a schedule, or change it",
    permission: "job:write",
    params: named,
    body: settingsBody,
    bodyLimit: definitionLimit,
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
    summary: "Delete a schedule and its firings; jobs that it started stay",
    permission: "job:write",
    params: named,
  }),
  fire: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/fire",
    summary: "Start what a schedule starts, now",
    permission: "job:write",
    params: named,
    /** `body`: as if its address had been called with it. */
    body: z.strictObject({ body: z.unknown().optional() }),
    response: firingSchema,
  }),
  backfill: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/backfill",
    summary:
      "Start it for each time of a span at which it was due and no job succeeded, oldest first; at most 1,000. Ends that are days are whole days of the trigger's time zone; `again` takes times with a job that succeeded too",
    permission: "job:write",
    params: named,
    body: z.strictObject({ from: momentSchema, to: momentSchema, again: z.boolean().default(false) }),
    response: z.object({ due: z.array(timeSchema), alreadyThere: z.number().int() }),
  }),
  /** The address itself is the secret. */
  renewHook: operation({
    method: "POST",
    path: "/workspaces/{workspace}/schedules/{name}/address",
    summary: "Make a new address for a schedule with a webhook trigger; the one before stops working",
    permission: "job:write",
    params: named,
    /** The key is null when calls need not be signed. */
    response: z.object({ path: z.string(), signingKey: z.string().nullable() }),
  }),
  callHook: operation({
    method: "POST",
    path: "/hooks/{workspace}/{name}/{secret}",
    summary:
      "Start what a schedule with a webhook trigger starts; once for each `webhook-id`, `idempotency-key` or `x-github-delivery`",
    permission: "public",
    params: named.extend({ secret: z.string().min(1).max(200) }),
    body: z.unknown(),
    keepsRaw: true,
    response: z.object({
      firing: z.string(),
      /** This call came before: nothing was started again. */
      repeated: z.boolean(),
    }),
  }),
};
