import { z } from "zod";
import { inWorkspace, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

export const lineageKinds = [
  "model",
  "run",
  "job",
  "data",
  "dataset",
  "code",
  "environment",
  "monitor",
  "build",
  "release",
  "deployment",
  "endpoint",
] as const;

/** Something that a model version or another asset comes from, or that came from it. */
export const lineageNodeSchema = z.object({
  /** `model/churn/3`, `job/<id>`, `data/churn/1`, `deployment/<endpoint>/<name>`: as subjects of audit events. */
  id: z.string(),
  kind: z.enum(lineageKinds),
  label: z.string(),
  detail: z.string(),
  at: timeSchema.nullable(),
  /** False when it is only known by name: deleted, or kept elsewhere. */
  known: z.boolean(),
});
export type LineageNode = z.infer<typeof lineageNodeSchema>;

export const lineageSchema = z.object({
  /** What was asked about. */
  root: z.string(),
  nodes: z.array(lineageNodeSchema),
  /** From what was there before to what came of it. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), relation: z.string() })),
  /** Was there more than is shown? */
  cut: z.boolean(),
});
export type Lineage = z.infer<typeof lineageSchema>;

export const lineageContract = {
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/lineage",
    summary: "Where an asset comes from and what came of it: data, runs, jobs, models, builds, releases, endpoints",
    permission: "model:read",
    params: inWorkspace,
    query: z.object({
      /** `data/churn/2`, `run/<id>`, `job/<id>`, `model/churn/3`, `build/4`, `release/5`, `endpoint/churn-prd`. */
      of: z.string().min(1).max(600),
    }),
    response: lineageSchema,
  }),
};
