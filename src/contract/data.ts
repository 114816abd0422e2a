import { z } from "zod";
import { assetSourceSchema } from "./asset-source.ts";
import { actorSchema, digestSchema, inWorkspace, named, nameSchema, timeSchema, versioned } from "./common.ts";
import { operation } from "./operation.ts";

export const columnTypes = ["integer", "number", "string", "boolean", "timestamp"] as const;

/** What one column must be. Unset rules are not checked. */
export const columnExpectationSchema = z.strictObject({
  name: z.string().min(1).max(255),
  type: z.enum(columnTypes),
  /** Smallest and largest allowed value, inclusive. */
  min: z.number().optional(),
  max: z.number().optional(),
  /** Largest allowed share of missing values, 0 to 1. */
  maxMissing: z.number().min(0).max(1).optional(),
  /** The only allowed values. */
  values: z.array(z.string()).max(10_000).optional(),
});

/** What every version of a data asset must satisfy; a version that does not is refused. */
export const expectationsSchema = z.strictObject({
  columns: z.array(columnExpectationSchema).max(10_000),
  /** Are columns beyond the named ones allowed? */
  extraColumns: z.boolean().default(false),
  minRows: z.number().int().nonnegative().default(1),
});
export type Expectations = z.infer<typeof expectationsSchema>;

export const columnProfileSchema = z.object({
  name: z.string(),
  type: z.enum(columnTypes),
  count: z.number().int(),
  missing: z.number().int(),
  distinct: z.number().int(),
  mean: z.number().nullable(),
  /** Sample standard deviation (ddof 1). */
  stddev: z.number().nullable(),
  min: z.union([z.number(), z.string()]).nullable(),
  q25: z.number().nullable(),
  median: z.number().nullable(),
  q75: z.number().nullable(),
  max: z.union([z.number(), z.string()]).nullable(),
  /** Equal-width bins for numbers: `edges` has one more entry than `counts`. */
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.number().int()) }).nullable(),
  /** The most frequent values of other columns. */
  top: z.array(z.object({ value: z.string(), count: z.number().int() })).nullable(),
});

export const profileSchema = z.object({ rows: z.number().int(), columns: z.array(columnProfileSchema) });
export type Profile = z.infer<typeof profileSchema>;

/** One broken expectation, e.g. column `bmi`: 12 of 442 values are missing, at most 0 allowed. */
export const findingSchema = z.object({
  rule: z.enum(["unreadable", "schema", "missing", "range", "values", "rows"]),
  column: z.string().nullable(),
  message: z.string(),
  /** First offending rows, counted from 1 after the header. */
  rows: z.array(z.number().int()),
});
export type Finding = z.infer<typeof findingSchema>;

export const dataVersionSchema = z.object({
  name: nameSchema,
  version: z.string(),
  type: z.enum(["uri_file", "uri_folder", "mltable"]),
  description: z.string(),
  /** `checking` until profile and validation are done; a `refused` version can be read about but not used. */
  state: z.enum(["checking", "ready", "refused"]),
  /** Digest of the tree (manifest of files). */
  digest: digestSchema,
  /** Bytes. */
  size: z.number().int(),
  profile: profileSchema.nullable(),
  findings: z.array(findingSchema),
  /** The job whose output this is. */
  jobId: z.string().nullable(),
  /** From where its files were taken, when they were not uploaded: `https://…`, `azureml://jobs/…`. */
  source: z.string().nullable(),
  createdAt: timeSchema,
  createdBy: actorSchema,
});
export type DataVersion = z.infer<typeof dataVersionSchema>;

export const dataAssetSchema = z.object({
  name: nameSchema,
  expectations: expectationsSchema.nullable(),
  latest: z.string().nullable(),
  versions: z.number().int(),
  createdAt: timeSchema,
});

export const dataContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/data",
    summary: "List data assets",
    permission: "data:read",
    params: inWorkspace,
    response: z.object({ items: z.array(dataAssetSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/data/{name}",
    summary: "A data asset and its versions",
    permission: "data:read",
    params: named,
    response: dataAssetSchema.extend({ items: z.array(dataVersionSchema) }),
  }),
  getVersion: operation({
    method: "GET",
    path: "/workspaces/{workspace}/data/{name}/versions/{version}",
    summary: "One version of a data asset; `latest` is the newest that is ready",
    permission: "data:read",
    params: versioned,
    response: dataVersionSchema,
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/data/{name}/versions",
    summary:
      "Add a version to a data asset from a stored tree, a URL or what a job wrote; it is profiled and validated before it is ready",
    permission: "data:write",
    params: named,
    body: z.strictObject({
      /** Files that are stored already, or `source`: from where they are taken now. */
      tree: digestSchema.optional(),
      source: assetSourceSchema.optional(),
      type: z.enum(["uri_file", "uri_folder", "mltable"]).default("uri_file"),
      version: z.string().optional(),
      description: z.string().max(2000).default(""),
      /** Set or replace what this and every later version must satisfy. */
      expectations: expectationsSchema.optional(),
    }),
    response: dataVersionSchema,
  }),
  setExpectations: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/data/{name}/expectations",
    summary: "Set what every later version of a data asset must satisfy; the asset need not have a version yet",
    permission: "data:write",
    params: named,
    body: expectationsSchema,
    response: dataAssetSchema,
  }),
};
