import { z } from "zod";
import { actorSchema, digestSchema, nameSchema, timeSchema, versioned } from "./common.ts";
import { operation } from "./operation.ts";

export const conversionStates = ["running", "passed", "failed", "cancelled"] as const;

const tensor = z.object({ name: z.string(), type: z.string(), shape: z.array(z.number().int()) });

/** One output, compared: labels by equality, numbers by difference. Null is a difference that is no finite number. */
const comparedOutputSchema = z.object({
  name: z.string(),
  kind: z.enum(["labels", "numbers"]),
  /** Share of rows with the same label. */
  equal: z.number().optional(),
  maxAbsolute: z.number().nullable().optional(),
  maxRelative: z.number().nullable().optional(),
  /** Share of rows within the tolerance. */
  within: z.number().optional(),
  /** Set when the outputs have different shapes and nothing could be compared. */
  shapes: z.string().optional(),
});

/** What the converter found, as its program writes it. */
export const conversionReportSchema = z.object({
  schema: z.literal(1),
  passed: z.boolean(),
  message: z.string().max(20_000),
  /** Null when no ONNX model could be made. */
  conversion: z
    .object({
      flavor: z.string(),
      modelClass: z.string(),
      /** Which way of converting was taken: `matrix, float64`. */
      method: z.string(),
      opset: z.number().int(),
      tolerance: z.number(),
      agreement: z.number(),
      inputs: z.array(tensor),
      outputs: z.array(tensor),
      samples: z.array(
        z.object({
          name: z.string(),
          rows: z.number().int(),
          /** Rows that a value is missing in which the model must have. */
          leftOut: z.number().int(),
          outputs: z.array(comparedOutputSchema),
          /** Share of rows that agree in every output. */
          agreeing: z.number(),
        }),
      ),
      packages: z.record(z.string(), z.string()),
    })
    .nullable(),
});
export type ConversionReport = z.infer<typeof conversionReportSchema>;

export const conversionSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  target: z.enum(["onnx"]),
  /** `passed` when the result answers as the original does: only then an endpoint serves it. */
  state: z.enum(conversionStates),
  error: z.string().nullable(),
  jobId: z.string(),
  /** Tree of the result; there is one too when it answers differently, to look into. */
  digest: digestSchema.nullable(),
  report: conversionReportSchema.nullable(),
  createdAt: timeSchema,
  endedAt: timeSchema.nullable(),
  createdBy: actorSchema,
});
export type Conversion = z.infer<typeof conversionSchema>;

/** Operations of models that `features/conversion` answers. */
export const conversionContract = {
  convert: operation({
    method: "POST",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/convert",
    summary: "Convert a model version to ONNX in a job, and compare the result with the original",
    permission: "job:write",
    params: versioned,
    body: z.strictObject({
      target: z.enum(["onnx"]).default("onnx"),
      /** A data version to compare the two on, besides the model's own input example. */
      data: z.strictObject({ name: nameSchema, version: z.string().optional() }).optional(),
      /** How far numbers may be apart, relative to the larger of 1 and the original's number. */
      tolerance: z.number().min(0).max(1).default(0.001),
      /** Share of rows that must agree. */
      agreement: z.number().min(0).max(1).default(1),
      opset: z.number().int().min(13).max(21).default(18),
    }),
    response: conversionSchema,
  }),
  conversions: operation({
    method: "GET",
    path: "/workspaces/{workspace}/models/{name}/versions/{version}/conversions",
    summary: "Conversions of a model version, newest first",
    permission: "model:read",
    params: versioned,
    response: z.object({ items: z.array(conversionSchema) }),
  }),
};
