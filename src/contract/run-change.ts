import { z } from "zod";
import { identified, inWorkspace, listQuery } from "./common.ts";
import { operation } from "./operation.ts";

const tagKey = z.string().min(1).max(250);

/** One change of many runs. */
export const bulkChangeSchema = z.discriminatedUnion("action", [
  /** Hides them until they are restored. */
  z.strictObject({ action: z.literal("delete") }),
  z.strictObject({ action: z.literal("restore") }),
  z.strictObject({ action: z.literal("tag"), key: tagKey, value: z.string().max(8000) }),
  z.strictObject({ action: z.literal("untag"), key: tagKey }),
  /** `{n}` stands for 1, 2, 3, … in the order of the ids, `{name}` for the name before. */
  z.strictObject({ action: z.literal("rename"), name: z.string().min(1).max(500) }),
]);
export type BulkChange = z.infer<typeof bulkChangeSchema>;

export const mostRunsAtOnce = 1000;

/** Changes of runs by people; tracking clients log over the MLflow REST API. */
export const runChangeContract = {
  update: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/runs/{id}",
    summary: "Rename or describe a run",
    permission: "run:write",
    params: identified,
    body: z.strictObject({
      name: z.string().min(1).max(500).optional(),
      /** Markdown; kept as the tag `mlflow.note.content`. */
      description: z.string().max(8000).optional(),
    }),
  }),
  bulk: operation({
    method: "POST",
    path: "/workspaces/{workspace}/run-changes",
    summary: "Delete, restore, tag or rename many runs: all of them, or none",
    permission: "run:write",
    params: inWorkspace,
    body: z.strictObject({
      ids: z.array(z.string().max(64)).min(1).max(mostRunsAtOnce),
      change: bulkChangeSchema,
    }),
    /** How many were not already so. */
    response: z.object({ changed: z.number().int() }),
  }),
  children: operation({
    method: "GET",
    path: "/workspaces/{workspace}/run-children",
    summary: "How many child runs some runs have; those without any are left out",
    permission: "run:read",
    params: inWorkspace,
    query: z.object({ runId: listQuery.refine((ids) => ids.length <= 250, "at most 250 run ids") }),
    response: z.object({ counts: z.record(z.string(), z.number().int()) }),
  }),
};
