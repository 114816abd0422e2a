import { z } from "zod";
import { timeSchema } from "./common.ts";
import { debugSchema, stepNameSchema } from "./job-definition.ts";
import { namedJob } from "./job-named.ts";
import { jobBodySchema } from "./job-source.ts";

/** How a job comes from an earlier one. */
export const jobRelations = ["resume", "rerun", "rerun-from", "rerun-only"] as const;

export const jobOriginSchema = z.object({
  jobId: z.string(),
  relation: z.enum(jobRelations),
  /** Of `rerun-from` and `rerun-only`: the step. */
  step: stepNameSchema.nullable(),
});
export type JobOrigin = z.infer<typeof jobOriginSchema>;

/** A job that comes from this one. */
export const relatedJobSchema = z.object({
  id: z.string(),
  relation: z.enum(jobRelations),
  step: stepNameSchema.nullable(),
  state: z.string(),
  createdAt: timeSchema,
});

/** What the new job is to do instead: the same with a mistake mended. */
const changedShape = { changed: jobBodySchema.optional() };

export const resumeBodySchema = z.strictObject(changedShape);
export type ResumeBody = z.infer<typeof resumeBodySchema>;

export const rerunBodySchema = z.strictObject({
  ...changedShape,
  /** Of the whole job: take results that are there already, as a job that is submitted anew does. */
  reuse: z.boolean().optional(),
  /** Run this step and all that need it again; take the results of the others over. */
  from: stepNameSchema.optional(),
  /** Run this step alone, with the inputs that it had. It registers nothing and writes nowhere else. */
  only: stepNameSchema.optional(),
  /** With `only`, of a sweep or a loop: this trial or item of it, alone. */
  item: z.number().int().min(0).optional(),
  /** With `only`: wait for a debugger on this port. */
  debug: debugSchema.optional(),
});
export type RerunBody = z.infer<typeof rerunBodySchema>;

const bodyLimit = 16 * 1024 * 1024;

/** Beside `jobContract`, whose answers they give. */
export const rerunOperations = {
  resume: {
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/resume",
    summary: "Go on with a failed or cancelled job as a new one: what has ended well is taken over",
    permission: "job:write",
    params: namedJob,
    body: resumeBodySchema,
    bodyLimit,
  },
  rerun: {
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/rerun",
    summary: "Run a job again as a new one: all of it, from a step on, or one step alone",
    permission: "job:write",
    params: namedJob,
    body: rerunBodySchema,
    bodyLimit,
  },
  archive: {
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/archive",
    summary: "Leave a job out of lists",
    permission: "job:write",
    params: namedJob,
  },
  restore: {
    method: "POST",
    path: "/workspaces/{workspace}/jobs/{id}/restore",
    summary: "Show an archived or deleted job in lists again",
    permission: "job:write",
    params: namedJob,
  },
  delete: {
    method: "DELETE",
    path: "/workspaces/{workspace}/jobs/{id}",
    summary: "Hide a job that has ended, until it is restored or purged",
    permission: "job:write",
    params: namedJob,
  },
} as const;
