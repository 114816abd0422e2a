import { z } from "zod";
import { readArtifact } from "../../features/run/index.ts";
import {
  anyValueOf,
  fileOwner,
  type IncomingSpan,
  type KeyValue,
  keyValuesOf,
  recordSpans,
  requireTrace,
  spanOf,
  spansOf,
} from "../../features/trace/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { spanFileJson } from "./trace-shape.ts";

/** Where a client that cannot send spans keeps them. */
export const traceFile = "traces.json";

/** Bytes; the spans of a longer file are in the file only. */
const longest = 32 * 1024 * 1024;

/** Puts the spans of an uploaded file beside those that came as spans, so that they can be seen and searched. */
export async function takeTraceFile(ctx: Ctx, workspace: string, id: string): Promise<void> {
  const trace = await requireTrace(ctx, workspace, id);
  const { bytes, size } = await readArtifact(ctx, workspace, fileOwner(workspace, id), traceFile);
  if (size > longest) return ctx.log.warn("trace file too long to be read", { workspace, trace: id, size });
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  const spans = spansIn(id, Buffer.concat(pieces).toString());
  if (!spans) return ctx.log.warn("trace file not understood", { workspace, trace: id });
  await recordSpans(ctx, workspace, { experimentId: String(trace.experiment_id), spans, spansIn: "file" });
}

/** The spans of a trace as such a file. */
export async function traceFileOf(ctx: Ctx, workspace: string, id: string): Promise<string> {
  const rows = (await spansOf(ctx, workspace, [id])).get(id)!;
  return JSON.stringify({ spans: rows.map((row) => spanFileJson(id, spanOf(row))) });
}

const nano = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()]).transform(String);
const attributes = z.record(z.string(), z.unknown()).nullish();
const parent = z.string().nullish();

const newSpan = z.object({
  trace_id: z.string(),
  span_id: z.string(),
  parent_span_id: parent,
  name: z.string(),
  start_time_unix_nano: nano,
  end_time_unix_nano: nano.nullish(),
  status: z.object({ code: z.string(), message: z.string().nullish() }).nullish(),
  attributes,
  events: z.array(z.object({ name: z.string(), time_unix_nano: nano, attributes })).nullish(),
});

/** As clients before MLflow 3 wrote it; brought into the new shape. */
const oldSpan = z
  .object({
    context: z.object({ trace_id: z.string(), span_id: z.string() }),
    parent_id: parent,
    name: z.string(),
    start_time: nano,
    end_time: nano.nullish(),
    status_code: z.string().nullish(),
    status_message: z.string().nullish(),
    attributes,
    events: z.array(z.object({ name: z.string(), timestamp: nano, attributes })).nullish(),
  })
  .transform(
    (span): z.output<typeof newSpan> => ({
      ...span,
      trace_id: span.context.trace_id,
      span_id: span.context.span_id,
      parent_span_id: span.parent_id,
      start_time_unix_nano: span.start_time,
      end_time_unix_nano: span.end_time,
      status: { code: span.status_code ?? "UNSET", message: span.status_message },
      events: span.events?.map((event) => ({ ...event, time_unix_nano: event.timestamp })),
    }),
  );

const file = z.object({ spans: z.array(z.union([newSpan, oldSpan])) });

function spansIn(traceId: string, text: string): IncomingSpan[] | undefined {
  const parsed = file.safeParse(exactJson(text));
  if (!parsed.success) return undefined;
  const spans = parsed.data.spans.map(
    (span): IncomingSpan => ({
      trace: traceId,
      traceId: hexOf(span.trace_id, 32),
      spanId: hexOf(span.span_id, 16),
      parentSpanId: span.parent_span_id ? hexOf(span.parent_span_id, 16) : null,
      name: span.name,
      kind: 0,
      startTimeUnixNano: span.start_time_unix_nano,
      endTimeUnixNano: span.end_time_unix_nano ?? null,
      attributes: dumpedPairs(span.attributes ?? {}),
      events: (span.events ?? []).map((event) => ({
        name: event.name,
        timeUnixNano: event.time_unix_nano,
        attributes: keyValuesOf(event.attributes ?? {}),
      })),
      links: [],
      status: { code: codeOf(span.status?.code), message: span.status?.message ?? "" },
    }),
  );
  return spans.every((span) => span.spanId !== "") ? spans : undefined;
}

/** Ids are base64 of their bytes, or hexadecimal digits with or without the trace's `tr-`. */
function hexOf(id: string, length: 16 | 32): string {
  const plain = id.replace(/^(tr-|0x)/, "").toLowerCase();
  if (plain.length === length && /^[0-9a-f]+$/.test(plain)) return plain;
  const hex = Buffer.from(id, "base64").toString("hex");
  return hex.length === length ? hex : "";
}

const codeOf = (code: string | undefined): 0 | 1 | 2 => (code?.endsWith("ERROR") ? 2 : code?.endsWith("OK") ? 1 : 0);

/** Every attribute is JSON as text. */
const dumpedPairs = (pairs: Record<string, unknown>): KeyValue[] =>
  Object.entries(pairs).map(([key, value]) => ({
    key,
    value: anyValueOf(typeof value === "string" ? (exactJson(value) ?? value) : value),
  }));

/** JSON in which integers that a double does not hold stay text. */
function exactJson(text: string): unknown {
  const keep = (_: string, value: unknown, context: { source?: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? "")
      ? context.source
      : value;
  try {
    return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}
