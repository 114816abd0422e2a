import { z } from "zod";
import { jobDefinitionSchema, stepNameSchema, stepSchema } from "./job-definition.ts";
import { namedJob } from "./job-named.ts";
import { operation } from "./operation.ts";

/** So many steps `get` shows of a job; and so many items of each loop in its definition. */
export const mostStepsShown = 1000;
export const mostItemsShown = 100;

/** How much of a job `get` leaves out. */
export const omittedSchema = z.object({
  /** Steps, which `steps` lists; `definition` has all that was submitted. */
  steps: z.number().int(),
  /** Items of loops in the definition. */
  items: z.number().int(),
});

const ofJob = "/workspaces/{workspace}/jobs/{id}";

/** Reading a job in parts; what a step and a job look like is given by whoever knows. */
export const stepsContract = <Step extends z.ZodType, Job extends z.ZodType>(step: Step, job: Job) => ({
  steps: operation({
    method: "GET",
    path: `${ofJob}/steps`,
    summary: "Steps of a job in their order, or those that changed since a revision",
    permission: "job:read",
    params: namedJob,
    query: z.object({
      /** Only steps that changed after this `revision` of an earlier answer, and those that wait. */
      since: z.coerce.number().int().min(0).optional(),
      /** Without `since`: the `next` of the page before. */
      after: z.coerce.number().int().min(-1).default(-1),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
    }),
    response: z.object({
      job,
      items: z.array(step),
      /** How the job stood: ask for what changed since. */
      revision: z.number().int(),
      /** With `since`: there is more, since this revision. */
      more: z.boolean(),
      /** How many steps are in each state. */
      counts: z.record(z.string(), z.number().int()),
      next: z.number().int().optional(),
    }),
  }),
  step: operation({
    method: "GET",
    path: `${ofJob}/steps/{step}`,
    summary: "One step of a job, and what it was submitted as",
    permission: "job:read",
    params: namedJob.extend({ step: stepNameSchema }),
    response: z.object({
      step,
      /** Null for what the server adds: environments, what is fetched and stored. */
      definition: stepSchema.nullable(),
    }),
  }),
  definition: operation({
    method: "GET",
    path: `${ofJob}/definition`,
    summary: "A job as it was submitted, whole",
    permission: "job:read",
    params: namedJob,
    response: jobDefinitionSchema,
  }),
});
