import { z } from "zod";
import { inWorkspace } from "./common.ts";
import { operation } from "./operation.ts";

/** Null: for ever. */
const daysSchema = z.number().int().min(1).max(36_500).nullable();

/** For how long a workspace keeps what nobody deletes by itself. `gc` removes what is older. */
export const retentionSchema = z.strictObject({
  /** What steps printed, from the end of their job on. */
  logsDays: daysSchema.default(null),
  /** What happened to the tasks of a job, a build or a release, from its end on. */
  eventsDays: daysSchema.default(null),
  /** When schedules fired, or why not. The newest of each schedule stays. */
  firingsDays: daysSchema.default(null),
});
export type Retention = z.infer<typeof retentionSchema>;

const path = "/workspaces/{workspace}/retention";

export const retentionContract = {
  getRetention: operation({
    method: "GET",
    path,
    summary: "For how long the workspace keeps logs, events and firings",
    permission: "workspace:read",
    params: inWorkspace,
    response: retentionSchema,
  }),
  setRetention: operation({
    method: "PATCH",
    path,
    summary: "Change for how long the workspace keeps logs, events and firings; what is not named stays",
    permission: "storage:collect",
    params: inWorkspace,
    body: z.strictObject({
      logsDays: daysSchema.optional(),
      eventsDays: daysSchema.optional(),
      firingsDays: daysSchema.optional(),
    }),
    response: retentionSchema,
  }),
};
