import { z } from "zod";
import { timeSchema } from "./common.ts";

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
] as const;

/** Something that a model version comes from, or that came from it. */
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
  /** The version that was asked about. */
  root: z.string(),
  nodes: z.array(lineageNodeSchema),
  /** From what was there before to what came of it. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), relation: z.string() })),
  /** Was there more than is shown? */
  cut: z.boolean(),
});
export type Lineage = z.infer<typeof lineageSchema>;
