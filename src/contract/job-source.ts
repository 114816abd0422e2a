import { z } from "zod";
import { codeSnapshotSchema } from "./code-snapshot.ts";
import { digestSchema, treePathSchema } from "./common.ts";
import { jobDefinitionSchema } from "./job-definition.ts";

/** YAML in a stored tree, and values to set over it: `{"inputs.alpha": "0.1"}`. */
export const jobSourceSchema = z.strictObject({
  tree: digestSchema,
  file: treePathSchema,
  set: z.record(z.string(), z.string()).default({}),
});

export type JobSource = z.output<typeof jobSourceSchema>;

/** What a job is to do: as a definition or as a source, one of the two. */
export const jobBodyShape = {
  definition: jobDefinitionSchema.optional(),
  source: jobSourceSchema.optional(),
  /** The work tree of git that its code comes from. */
  code: codeSnapshotSchema.optional(),
};
export const jobBodySchema = z.strictObject(jobBodyShape);
export type JobBody = z.output<typeof jobBodySchema>;
