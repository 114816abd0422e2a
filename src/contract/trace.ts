import { z } from "zod";
import { inWorkspace, pageOf, pageQuery, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

export const traceStates = ["OK", "ERROR", "IN_PROGRESS", "UNSPECIFIED"] as const;
export const spanStates = ["OK", "ERROR", "UNSET"] as const;

/** Tracing clients choose it: `tr-` and the 32 digits of the OpenTelemetry trace id, as a rule. */
export const traceIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/, "a trace id has 1 to 128 letters, digits, '_', '.', ':' or '-'");

export const traceSchema = z.object({
  id: z.string(),
  experimentId: z.string(),
  name: z.string(),
  state: z.enum(traceStates),
  startedAt: timeSchema,
  /** Milliseconds; null while it goes on. */
  duration: z.number().int().nullable(),
  /** The beginning of what went in and came out, as JSON. */
  request: z.string().nullable(),
  response: z.string().nullable(),
  spans: z.number().int(),
  /** Runs that it belongs to. */
  runs: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
});
export type Trace = z.infer<typeof traceSchema>;

export const spanSchema = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  name: z.string(),
  /** What kind of work: `LLM`, `TOOL`, `RETRIEVER`, …; empty when nobody said. */
  type: z.string(),
  state: z.enum(spanStates),
  /** Why it failed. */
  message: z.string(),
  /** Microseconds since 1970-01-01 UTC. */
  startUs: z.number().int(),
  endUs: z.number().int().nullable(),
  /** What went in and came out; null when nobody said. */
  inputs: z.unknown(),
  outputs: z.unknown(),
  attributes: z.record(z.string(), z.unknown()),
  events: z.array(
    z.object({ name: z.string(), atUs: z.number().int(), attributes: z.record(z.string(), z.unknown()) }),
  ),
});
export type Span = z.infer<typeof spanSchema>;

export const assessmentSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["feedback", "expectation", "issue"]),
  spanId: z.string().nullable(),
  value: z.unknown(),
  source: z.object({ type: z.string(), id: z.string() }),
  rationale: z.string().nullable(),
  /** False when another one overrides it. */
  valid: z.boolean(),
  updatedAt: timeSchema,
});

const inTrace = inWorkspace.extend({ id: traceIdSchema });

export const traceContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/traces",
    summary: "List traces, newest first",
    permission: "run:read",
    params: inWorkspace,
    query: pageQuery.extend({
      limit: z.coerce.number().int().min(1).max(500).default(50),
      experimentId: z.string().optional(),
      runId: z.string().max(64).optional(),
      state: z.enum(traceStates).optional(),
      /** Started at this time or later. */
      from: z.coerce.number().int().optional(),
      /** Started before this time. */
      until: z.coerce.number().int().optional(),
      /** `key=value` */
      tag: z
        .string()
        .regex(/^[^=]+=/, "a tag is given as key=value")
        .max(8300)
        .optional(),
      /** MLflow's filter language: `span.name = 'search' AND feedback.correct = 'true'` */
      filter: z.string().max(10_000).optional(),
    }),
    response: pageOf(traceSchema),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/traces/{id}",
    summary: "A trace with its spans and assessments",
    permission: "run:read",
    params: inTrace,
    response: traceSchema.extend({ tree: z.array(spanSchema), assessments: z.array(assessmentSchema) }),
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/traces/{id}",
    summary: "Delete a trace with its spans, assessments and files",
    permission: "run:write",
    params: inTrace,
  }),
};
