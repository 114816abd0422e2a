import { z } from "zod";
import { invalid } from "../../contract/errors.ts";
import type { AnyValue, KeyValue, OtlpSpan } from "../../features/trace/index.ts";
import { statusCode } from "./protobuf.ts";
import type { ResourceSpans } from "./request.ts";

const digits = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()]).transform(String);
const signedDigits = z.union([z.string().regex(/^-?\d{1,20}$/), z.number().int()]).transform(String);
const hexId = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^([0-9a-fA-F]{${length}})?$`), `an id has ${length} hexadecimal digits`)
    .transform((id) => id.toLowerCase());

const value: z.ZodType<AnyValue> = z.lazy(() =>
  z.object({
    stringValue: z.string().optional(),
    boolValue: z.boolean().optional(),
    intValue: signedDigits.optional(),
    doubleValue: z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]).optional(),
    arrayValue: z.object({ values: z.array(value).default([]) }).optional(),
    kvlistValue: z.object({ values: pairs }).optional(),
    bytesValue: z.string().optional(),
  }),
);
const pairs: z.ZodType<KeyValue[]> = z.lazy(() =>
  z.array(z.object({ key: z.string(), value: value.default({}) })).default([]),
);

const spanSchema = z
  .object({
    traceId: hexId(32),
    spanId: hexId(16),
    parentSpanId: hexId(16).default(""),
    name: z.string().default(""),
    kind: z.number().int().default(0).catch(0),
    startTimeUnixNano: digits.default("0"),
    endTimeUnixNano: digits.default("0"),
    attributes: pairs,
    events: z
      .array(z.object({ timeUnixNano: digits.default("0"), name: z.string().default(""), attributes: pairs }))
      .default([]),
    links: z.array(z.object({ traceId: hexId(32), spanId: hexId(16), attributes: pairs })).default([]),
    status: z
      .object({ code: z.number().int().default(0), message: z.string().default("") })
      .default({ code: 0, message: "" }),
  })
  .transform(
    (span): OtlpSpan => ({
      ...span,
      parentSpanId: span.parentSpanId || null,
      endTimeUnixNano: span.endTimeUnixNano === "0" ? null : span.endTimeUnixNano,
      status: { code: statusCode(span.status.code), message: span.status.message },
    }),
  );

const requestSchema = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: pairs }).default({ attributes: [] }),
        scopeSpans: z.array(z.object({ spans: z.array(spanSchema).default([]) })).default([]),
      }),
    )
    .default([]),
});

/** Reads an `ExportTraceServiceRequest` from OTLP's JSON. */
export function parseRequest(text: string): ResourceSpans[] {
  const parsed = checked(jsonOf(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw invalid(`The request is not an OTLP trace export in JSON: ${issue.path.join(".")}: ${issue.message}.`);
  }
  return parsed.data.resourceSpans.map(({ resource, scopeSpans }) => ({
    resource: resource.attributes,
    spans: scopeSpans.flatMap((scope) => scope.spans),
  }));
}

function checked(json: unknown) {
  try {
    return requestSchema.safeParse(json);
  } catch (error) {
    if (error instanceof RangeError) throw invalid("The request is nested too deep.");
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid("The request is not JSON.", { hint: (error as Error).message });
  }
}
