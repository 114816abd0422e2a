import { z } from "zod";
import { inWorkspace } from "./common.ts";
import { operation } from "./operation.ts";
import { retentionContract } from "./retention.ts";

const countSchema = z.number().int().nonnegative();

export const gcReportSchema = z.object({
  dryRun: z.boolean(),
  /** With their steps, logs, trials and items. */
  jobs: countSchema,
  runs: countSchema,
  experiments: countSchema,
  loggedModels: countSchema,
  modelVersions: countSchema,
  /** Deleted jobs, runs and logged models that stay, because something comes from them. */
  kept: countSchema,
  /** Logs of steps, events of tasks and firings of schedules that are older than the workspace keeps them. */
  logs: countSchema,
  events: countSchema,
  firings: countSchema,
  /** Tokens of tasks that have ended. */
  tokens: countSchema,
  /** Blobs that nothing refers to any longer. */
  blobs: countSchema,
  /** Files without anything known about them, left by a crash. */
  orphans: countSchema,
  /** Bytes on the disk. In a dry run: what the blobs that are unreferenced now would free. */
  bytes: countSchema,
});
export type GcReport = z.infer<typeof gcReportSchema>;

export const gcContract = {
  ...retentionContract,
  collect: operation({
    method: "POST",
    path: "/workspaces/{workspace}/gc",
    summary:
      "Purge what was deleted long ago and what the workspace keeps no longer, then the blobs that nothing refers to",
    permission: "storage:collect",
    params: inWorkspace,
    body: z.strictObject({
      /** What was deleted less than this many days ago stays. */
      olderThanDays: z.number().min(0).max(36_500).default(30),
      /** Only say what would go. */
      dryRun: z.boolean().default(false),
    }),
    response: gcReportSchema,
  }),
};
