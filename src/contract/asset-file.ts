import { z } from "zod";
import { assetSourceSchema } from "./asset-source.ts";
import { digestSchema, nameSchema, tagsSchema } from "./common.ts";
import { newComputeSchema } from "./compute.ts";
import { datastoreTypes } from "./datastore.ts";
import { jobDefinitionSchema, jobEnvironmentSchema } from "./job-definition.ts";
import { modelTypes } from "./model-type.ts";
import { triggerSchema } from "./trigger.ts";

const about = { name: nameSchema, version: z.string().nullable(), description: z.string() };
/** Files that came with the file, or where they are taken from. */
const files = { tree: digestSchema.nullable(), source: assetSourceSchema.nullable() };

/** What a file of the YAML language defines that is not a job. */
export const assetFileSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("data"), ...about, ...files, type: z.enum(["uri_file", "uri_folder", "mltable"]) }),
  z.object({
    kind: z.literal("model"),
    ...about,
    ...files,
    tags: tagsSchema,
    type: z.enum(modelTypes),
  }),
  z.object({
    kind: z.literal("environment"),
    ...about,
    tags: tagsSchema,
    environment: jobEnvironmentSchema,
  }),
  z.object({
    kind: z.literal("component"),
    ...about,
    type: z.enum(["command", "pipeline", "parallel", "spark"]),
    displayName: z.string(),
  }),
  z.object({
    kind: z.literal("datastore"),
    name: nameSchema,
    description: z.string(),
    type: z.enum(datastoreTypes),
    /** Where it is; no credentials. */
    settings: z.record(z.string(), z.string()),
  }),
  z.object({
    kind: z.literal("compute"),
    name: nameSchema,
    description: z.string(),
    /** The word of the file: `amlcompute`, `container`. */
    type: z.string(),
    /** What it is here. */
    compute: newComputeSchema.omit({ name: true, description: true }),
  }),
  z.object({
    kind: z.literal("schedule"),
    name: nameSchema,
    description: z.string(),
    trigger: triggerSchema,
    enabled: z.boolean(),
    /** The job: as its file and the schedule say together, or the name of a published pipeline. */
    job: z.union([
      z.object({ definition: jobDefinitionSchema }),
      z.object({ name: nameSchema, version: z.string().nullable() }),
    ]),
    /** Values that it is started with; of a job from a file, those that are known when it is due. */
    inputs: z.record(z.string(), z.string()),
  }),
]);
export type AssetFile = z.infer<typeof assetFileSchema>;
