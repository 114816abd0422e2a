import { z } from "zod";
import { named, timeSchema } from "./common.ts";
import { resourcesSchema } from "./compute.ts";
import { operation } from "./operation.ts";

/** So many that wait are listed at most: beyond them nobody looks, and their place in the line changes all the time. */
export const mostWaitingShown = 100;

export const stepAtWorkSchema = z.object({
  jobId: z.string(),
  jobName: z.string(),
  step: z.string(),
  state: z.enum(["running", "queued"]),
  /** Id of the agent that runs it. */
  agent: z.string().nullable(),
  resources: resourcesSchema,
  /** Since when it runs, or waits. */
  since: timeSchema,
  /** Why it does not run yet: `2 of 2 slots in use; position 3`. */
  waitsFor: z.string().nullable(),
});
export type StepAtWork = z.infer<typeof stepAtWorkSchema>;

export const atWorkContract = {
  atWork: operation({
    method: "GET",
    path: "/workspaces/{workspace}/computes/{name}/steps",
    summary: "Steps of the workspace that run on a compute, and those that wait for it, the next ones first",
    permission: "job:read",
    params: named,
    response: z.object({ items: z.array(stepAtWorkSchema) }),
  }),
};
