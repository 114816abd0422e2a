import { z } from "zod";
import { digestSchema, nameSchema } from "./common.ts";
import { jobEnvironmentSchema } from "./job-definition.ts";
import { triggerSchema } from "./trigger.ts";

/** Places where files are. Only `local` can be read here: a folder of the server. The rest are kept as definitions. */
export const datastoreTypes = [
  "local",
  "azure_blob",
  "azure_file",
  "azure_data_lake_gen1",
  "azure_data_lake_gen2",
  "one_lake",
  "hdfs",
] as const;

const about = { name: nameSchema, version: z.string().nullable(), description: z.string() };
/** Files that came with the file, or a URL. */
const files = { tree: digestSchema.nullable(), url: z.string().nullable() };

/** What a file of the YAML language defines that is not a job. */
export const assetFileSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("data"), ...about, ...files, type: z.enum(["uri_file", "uri_folder", "mltable"]) }),
  z.object({
    kind: z.literal("model"),
    ...about,
    ...files,
    type: z.enum(["custom_model", "mlflow_model", "triton_model"]),
  }),
  z.object({ kind: z.literal("environment"), ...about, environment: jobEnvironmentSchema }),
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
    type: z.string(),
    /** Of a cluster: the most machines. */
    maxInstances: z.number().int().nullable(),
  }),
  z.object({
    kind: z.literal("schedule"),
    name: nameSchema,
    description: z.string(),
    trigger: triggerSchema,
    /** The job: a file among those that came with this one, or the name of something registered. */
    job: z.union([z.object({ file: z.string() }), z.object({ name: nameSchema, version: z.string().nullable() })]),
    inputs: z.record(z.string(), z.string()),
  }),
]);
export type AssetFile = z.infer<typeof assetFileSchema>;
