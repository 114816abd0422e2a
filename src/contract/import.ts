import { z } from "zod";
import { digestSchema, idSchema, inWorkspace, timeSchema, treePathSchema } from "./common.ts";
import { operation } from "./operation.ts";
import { metricValueSchema, runStates } from "./run.ts";

/**
 * What an import from another tracking server writes. Ids, times and version numbers are those of the source, which is
 * what sets these operations apart from tracking. Each may be sent again: what is there already stays single.
 */

const runId = z.string().regex(/^[0-9a-f]{32}$/, "not the id of a run (32 hexadecimal digits)");
const loggedModelId = z.string().regex(/^m-[0-9a-f]{32}$/, "not the id of a logged model (m- and 32 digits)");
const ownerId = z.union([runId, loggedModelId]);
const lifecycleStage = z.enum(["active", "deleted"]);
const step = z.number().int();
/** Pairs and not an object: a key may be any text. */
const pairs = z.array(z.tuple([z.string().min(1).max(1000), z.string()])).max(20_000);

export const importedExperimentSchema = z.strictObject({
  /** Where it comes from: an address that stays the same from one import to the next. */
  source: z.string().min(1).max(2000),
  name: z.string().min(1).max(500),
  lifecycleStage,
  createdAt: timeSchema.nullable(),
  updatedAt: timeSchema.nullable(),
  tags: pairs,
});
export type ImportedExperiment = z.infer<typeof importedExperimentSchema>;

const datasetSchema = z.strictObject({
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  source: z.string(),
  schema: z.string().nullable(),
  profile: z.string().nullable(),
  tags: pairs,
});

export const importedRunSchema = z.strictObject({
  id: runId,
  experimentId: z.string(),
  name: z.string(),
  state: z.enum(runStates),
  lifecycleStage,
  user: z.string(),
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  deletedAt: timeSchema.nullable(),
  params: pairs,
  tags: pairs,
  datasets: z.array(datasetSchema).max(1000),
  inputs: z.array(loggedModelId).max(10_000),
  outputs: z.array(z.strictObject({ modelId: loggedModelId, step })).max(10_000),
});
export type ImportedRun = z.infer<typeof importedRunSchema>;

/** Points of one metric, column by column. */
export const seriesSchema = z
  .strictObject({
    runId,
    key: z.string().min(1).max(1000),
    timestamps: z.array(timeSchema),
    steps: z.array(step),
    values: z.array(metricValueSchema),
  })
  .refine(
    ({ timestamps, steps, values }) => timestamps.length === steps.length && steps.length === values.length,
    "timestamps, steps and values are of the same length",
  );
export type Series = z.infer<typeof seriesSchema>;

export const importedLoggedModelSchema = z.strictObject({
  id: loggedModelId,
  experimentId: z.string(),
  name: z.string(),
  modelType: z.string(),
  sourceRunId: z.string().nullable(),
  status: z.enum(["PENDING", "READY", "UPLOAD_FAILED", "UNSPECIFIED"]),
  lifecycleStage,
  createdAt: timeSchema,
  updatedAt: timeSchema,
  params: pairs,
  tags: pairs,
  metrics: z
    .array(
      z.strictObject({
        runId: z.string(),
        key: z.string(),
        timestamp: timeSchema,
        step,
        value: metricValueSchema,
        datasetName: z.string(),
        datasetDigest: z.string(),
      }),
    )
    .max(100_000),
});
export type ImportedLoggedModel = z.infer<typeof importedLoggedModelSchema>;

const versionSchema = z.strictObject({
  version: z.number().int().positive(),
  description: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  /** Name of who made it there. */
  user: z.string(),
  stage: z.string(),
  source: z.string(),
  runId: z.string().nullable(),
  runLink: z.string(),
  loggedModelId: z.string().nullable(),
  tags: pairs,
  /** Where its files are by now: with a run or logged model, or a stored tree. Null when nobody has them. */
  files: z
    .union([
      z.strictObject({ owner: ownerId, path: z.union([z.literal(""), treePathSchema]) }),
      z.strictObject({ tree: digestSchema }),
    ])
    .nullable(),
});
export type ImportedVersion = z.infer<typeof versionSchema>;

export const importedModelSchema = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  tags: pairs,
  versions: z.array(versionSchema).max(500),
  /** Alias and version number; set after the versions. */
  aliases: z.array(z.tuple([z.string(), z.number().int().positive()])).max(10_000),
});
export type ImportedModel = z.infer<typeof importedModelSchema>;

/** What there is of one run or logged model: the same text and the same checksums on both sides mean the same. */
export const importSummarySchema = z.strictObject({
  /** sha256 of the record: names, states, times, params, tags, data sets, links. */
  facts: digestSchema,
  params: z.number().int(),
  tags: z.number().int(),
  datasets: z.number().int(),
  points: z.number().int(),
  /** Checksum over all points of all metrics, in any order. */
  pointsSum: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  /** sha256 of the list of files with their sha256. */
  filesDigest: digestSchema,
});
export type ImportSummary = z.infer<typeof importSummarySchema>;

/** One thing that could not be taken over as it was. */
const issueSchema = z.object({ subject: z.string(), message: z.string() });

const write = { method: "POST", permission: "workspace:import", params: inWorkspace } as const;
const path = "/workspaces/{workspace}/import";
const largest = 32 * 1024 * 1024;

export const importContract = {
  experiments: operation({
    ...write,
    path: `${path}/experiments`,
    summary: "Take over experiments; one of the same name is filled",
    body: z.strictObject({ experiments: z.array(importedExperimentSchema).max(1000) }),
    bodyLimit: largest,
    response: z.object({ items: z.array(z.object({ source: z.string(), id: z.string() })) }),
  }),
  known: operation({
    ...write,
    path: `${path}/known`,
    summary: "Which runs and logged models were imported and verified before, and what was there then",
    body: z.strictObject({ ids: z.array(idSchema).max(2000) }),
    response: z.object({
      items: z.array(z.object({ id: z.string(), fingerprint: z.string(), summary: importSummarySchema })),
    }),
  }),
  runs: operation({
    ...write,
    path: `${path}/runs`,
    summary: "Take over runs with their ids, params, tags, data sets and links",
    body: z.strictObject({ runs: z.array(importedRunSchema).max(1000) }),
    bodyLimit: largest,
    response: z.object({ issues: z.array(issueSchema), refused: z.array(z.string()) }),
  }),
  points: operation({
    ...write,
    path: `${path}/points`,
    summary: "Take over points of metrics; those that are there already are dropped",
    body: z.strictObject({ series: z.array(seriesSchema).max(20_000) }),
    bodyLimit: largest,
  }),
  loggedModels: operation({
    ...write,
    path: `${path}/logged-models`,
    summary: "Take over logged models with their ids",
    body: z.strictObject({ models: z.array(importedLoggedModelSchema).max(1000) }),
    bodyLimit: largest,
    response: z.object({ issues: z.array(issueSchema), refused: z.array(z.string()) }),
  }),
  artifacts: operation({
    ...write,
    path: `${path}/artifacts`,
    summary: "Note stored blobs as artifacts of runs and logged models",
    body: z.strictObject({
      files: z
        .array(
          z.strictObject({
            owner: ownerId,
            path: treePathSchema,
            digest: digestSchema,
            size: z.number().int().nonnegative(),
          }),
        )
        .max(10_000),
    }),
    bodyLimit: largest,
    response: z.object({ issues: z.array(issueSchema) }),
  }),
  files: operation({
    ...write,
    path: `${path}/files`,
    summary: "The files of a run or logged model, with their digests",
    body: z.strictObject({ owner: ownerId }),
    response: z.object({
      files: z.array(z.object({ path: z.string(), digest: digestSchema, size: z.number().int() })),
    }),
  }),
  verify: operation({
    ...write,
    path: `${path}/verify`,
    summary: "Compare runs and logged models with what the source has; what is equal is remembered as done",
    body: z.strictObject({
      items: z
        .array(z.strictObject({ id: ownerId, fingerprint: z.string().max(200), there: importSummarySchema }))
        .max(2000),
    }),
    bodyLimit: largest,
    response: z.object({ items: z.array(z.object({ id: z.string(), here: importSummarySchema.nullable() })) }),
  }),
  model: operation({
    ...write,
    path: `${path}/model`,
    summary: "Take over a registered model, versions with their numbers, and its aliases",
    body: importedModelSchema,
    bodyLimit: largest,
    response: z.object({
      here: z.object({
        versions: z.array(z.object({ version: z.number().int(), digest: digestSchema.nullable() })),
        /** How many of the aliases point where they should. */
        aliases: z.number().int(),
      }),
      issues: z.array(issueSchema),
    }),
  }),
};
