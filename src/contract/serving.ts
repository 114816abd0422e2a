import { z } from "zod";
import { digestSchema, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** What a serving node should be doing. It keeps the last one on disk and goes on without the control plane. */
export const desiredServingSchema = z.object({
  /** Grows with every change. */
  generation: z.number().int(),
  endpoints: z.array(
    z.object({
      workspace: nameSchema,
      name: nameSchema,
      authMode: z.enum(["key", "none"]),
      /** sha256 of each accepted key. */
      keyHashes: z.array(digestSchema),
      deployments: z.array(
        z.object({
          name: nameSchema,
          model: z.object({ name: z.string(), version: z.string(), digest: digestSchema }),
          /** `onnx`: the first .onnx file of the tree. */
          runtime: z.literal("onnx"),
          traffic: z.number().int().min(0).max(100),
          collect: z.boolean(),
        }),
      ),
    }),
  ),
});
export type DesiredServing = z.infer<typeof desiredServingSchema>;

const tensor = z.object({ name: z.string(), type: z.string(), shape: z.array(z.number().int()) });

export const reportedServingSchema = z.strictObject({
  node: z.string().min(1).max(200),
  /** Where callers reach the node: `http://127.0.0.1:8601`. */
  url: z.string().max(500),
  /** The generation that is fully applied. */
  generation: z.number().int(),
  deployments: z
    .array(
      z.object({
        workspace: nameSchema,
        endpoint: nameSchema,
        deployment: nameSchema,
        digest: digestSchema,
        state: z.enum(["starting", "ready", "failed"]),
        error: z.string().max(5000).nullable(),
        inputs: z.array(tensor),
        outputs: z.array(tensor),
        requests: z.number().int(),
        errors: z.number().int(),
        p50: z.number().nullable(),
        p99: z.number().nullable(),
      }),
    )
    .max(10_000),
});
export type ReportedServing = z.infer<typeof reportedServingSchema>;

/** One scored row: named inputs and outputs as the model saw them. */
export const collectedRowSchema = z.object({
  at: timeSchema,
  deployment: nameSchema,
  modelVersion: z.string(),
  correlationId: z.string().max(200),
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  outputs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
});
export type CollectedRow = z.infer<typeof collectedRowSchema>;

export const servingContract = {
  desired: operation({
    method: "GET",
    path: "/serving/desired",
    summary: "What a serving node should serve; waits up to `waitMs` for something newer than `generation`",
    permission: "serving:work",
    query: z.object({
      node: z.string().min(1).max(200),
      generation: z.coerce.number().int().default(-1),
      waitMs: z.coerce.number().int().min(0).max(30_000).default(0),
    }),
    response: desiredServingSchema,
  }),
  report: operation({
    method: "PUT",
    path: "/serving/reported",
    summary: "What a serving node serves",
    permission: "serving:work",
    body: reportedServingSchema,
    bodyLimit: 16 * 1024 * 1024,
  }),
  collect: operation({
    method: "POST",
    path: "/serving/collected",
    summary: "Deliver collected rows; a batch with a known sequence number is stored once",
    permission: "serving:work",
    body: z.strictObject({
      node: z.string().min(1).max(200),
      workspace: nameSchema,
      endpoint: nameSchema,
      /** Number of the batch on this node and endpoint, from 1. */
      sequence: z.number().int().min(1),
      rows: z.array(collectedRowSchema).min(1).max(50_000),
    }),
    bodyLimit: 64 * 1024 * 1024,
  }),
  modelFiles: operation({
    method: "GET",
    path: "/serving/trees/{digest}",
    summary: "The files of a model that the node is to serve",
    permission: "serving:work",
    params: z.object({ digest: digestSchema }),
    response: z.object({
      files: z.array(z.object({ path: z.string(), digest: digestSchema, size: z.number().int() })),
    }),
  }),
  modelBlob: operation({
    method: "GET",
    path: "/serving/blobs/{digest}",
    summary: "Bytes of a model file that the node is to serve",
    permission: "serving:work",
    params: z.object({ digest: digestSchema }),
    response: "bytes",
  }),
};
