import { z } from "zod";
import { actorSchema, digestSchema, timeSchema, versioned } from "./common.ts";
import { operation } from "./operation.ts";

/**
 * What a finding does to a version. `refused`: no honest tool writes such a file; nobody can release it. `suspicious`:
 * loading it may run code or touch what it should not. `unknown`: it could not be judged. `note`: good to know.
 */
export const findingSeverities = ["refused", "suspicious", "unknown", "note"] as const;

export const modelFindingSchema = z.object({
  /** Path in the version; inside an archive, `archive!entry`. */
  file: z.string(),
  rule: z.string(),
  severity: z.enum(findingSeverities),
  /** What was found. */
  message: z.string(),
  /** Why it matters. */
  why: z.string(),
  /** What to do about it. */
  hint: z.string(),
});
export type ModelFinding = z.infer<typeof modelFindingSchema>;

/** One column or tensor. `shape` has -1 or a name where any size fits; null where the source says nothing. */
export const fieldSchema = z.object({
  name: z.string(),
  type: z.string(),
  shape: z.array(z.union([z.number().int(), z.string()])).nullable(),
  required: z.boolean(),
});
export type Field = z.infer<typeof fieldSchema>;

export const signatureSchema = z.object({
  inputs: z.array(fieldSchema),
  outputs: z.array(fieldSchema),
  params: z.array(fieldSchema.extend({ default: z.unknown() })),
});
export type ModelSignature = z.infer<typeof signatureSchema>;

/**
 * Whether a version may be used. `none`: its files are kept elsewhere; `unchecked`: it is older than the checks and its
 * turn has not come.
 */
export const checkStates = ["none", "unchecked", "checking", "accepted", "quarantined", "refused"] as const;

export type CheckState = (typeof checkStates)[number];

export const modelCheckSchema = z.object({
  state: z.enum(checkStates),
  /** The rules that were applied; 0 before the first check. */
  ruleset: z.number().int(),
  findings: z.array(modelFindingSchema),
  checkedAt: timeSchema.nullable(),
  /** What a person decided about a quarantine. It holds until a check finds something else. */
  decision: z
    .object({
      outcome: z.enum(["release", "confirm"]),
      reason: z.string(),
      by: actorSchema,
      at: timeSchema,
    })
    .nullable(),
});
export type ModelCheck = z.infer<typeof modelCheckSchema>;

/** What the files of a version say about themselves. */
export const modelFactsSchema = z.object({
  /** From the MLmodel file. */
  signature: signatureSchema.nullable(),
  /** From the ONNX file. */
  inputs: z.array(fieldSchema),
  outputs: z.array(fieldSchema),
  /** A request body that the model accepts, as it was logged with it. */
  inputExample: z.unknown(),
});
export type ModelFacts = z.infer<typeof modelFactsSchema>;

const path = "/workspaces/{workspace}/models/{name}/versions/{version}/check";
const checked = modelCheckSchema.extend({ digest: digestSchema.nullable() });

export const modelCheckContract = {
  getCheck: operation({
    method: "GET",
    path,
    summary: "What the check of a model version's files found",
    permission: "model:read",
    params: versioned,
    response: checked,
  }),
  check: operation({
    method: "POST",
    path,
    summary: "Check the files of a model version again, by today's rules",
    permission: "model:write",
    params: versioned,
    response: checked,
  }),
  decide: operation({
    method: "POST",
    path: `${path}/decision`,
    summary: "Release a quarantined model version, or confirm its quarantine",
    permission: "model:release",
    params: versioned,
    body: z.strictObject({
      outcome: z.enum(["release", "confirm"]),
      reason: z.string().trim().min(1, "say why").max(2000),
    }),
    response: checked,
  }),
};
