import type { AnyValue, KeyValue } from "./any-value.ts";
import type { OtlpSpan } from "./otlp-span.ts";
import type { SpanTable } from "./schema.ts";

/**
 * The span as it is kept: plain JSON with short names, so that a search of its text finds what people wrote and not
 * the words of the format. What plain JSON cannot tell apart (an integer from a double, bytes from text) is an object
 * of one key that begins with `$`.
 */
interface Stored {
  /** OpenTelemetry's trace id. */
  t: string;
  n: string;
  k: number;
  /** Nanoseconds of start and end. */
  s: string;
  e: string | null;
  a: Pairs;
  v: { n: string; s: string; a: Pairs }[];
  l: { t: string; i: string; a: Pairs }[];
  /** Why it failed. */
  m: string;
}
type Pairs = Record<string, unknown>;

export function contentOf(span: OtlpSpan): string {
  const stored: Stored = {
    t: span.traceId,
    n: span.name,
    k: span.kind,
    s: span.startTimeUnixNano,
    e: span.endTimeUnixNano,
    a: packedPairs(span.attributes),
    v: span.events.map((event) => ({ n: event.name, s: event.timeUnixNano, a: packedPairs(event.attributes) })),
    l: span.links.map((link) => ({ t: link.traceId, i: link.spanId, a: packedPairs(link.attributes) })),
    m: span.status.message,
  };
  return JSON.stringify(stored);
}

const codes = { UNSET: 0, OK: 1, ERROR: 2 } as const;

export function spanOf(row: SpanTable): OtlpSpan {
  const stored: Stored = JSON.parse(row.content);
  return {
    traceId: stored.t,
    spanId: row.span_id,
    parentSpanId: row.parent_id,
    name: stored.n,
    kind: stored.k,
    startTimeUnixNano: stored.s,
    endTimeUnixNano: stored.e,
    attributes: pairsOf(stored.a),
    events: stored.v.map((event) => ({ name: event.n, timeUnixNano: event.s, attributes: pairsOf(event.a) })),
    links: stored.l.map((link) => ({ traceId: link.t, spanId: link.i, attributes: pairsOf(link.a) })),
    status: { code: codes[row.state], message: stored.m },
  };
}

const packedPairs = (pairs: KeyValue[]): Pairs =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, packed(value)]));

function packed(value: AnyValue): unknown {
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) && String(number) === value.intValue ? number : { $int: value.intValue };
  }
  if (value.doubleValue !== undefined)
    return Number.isInteger(value.doubleValue) || typeof value.doubleValue === "string"
      ? { $double: value.doubleValue }
      : value.doubleValue;
  if (value.bytesValue !== undefined) return { $bytes: value.bytesValue };
  if (value.arrayValue) return value.arrayValue.values.map(packed);
  if (value.kvlistValue) {
    const pairs = packedPairs(value.kvlistValue.values);
    return Object.keys(pairs).some((key) => key.startsWith("$")) ? { $map: pairs } : pairs;
  }
  return value.stringValue ?? value.boolValue ?? null;
}

const pairsOf = (pairs: Pairs): KeyValue[] =>
  Object.entries(pairs).map(([key, value]) => ({ key, value: unpacked(value) }));

function unpacked(value: unknown): AnyValue {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(unpacked) } };
  if (value === null) return {};
  const pairs = value as Record<string, never>;
  const [only] = Object.keys(pairs);
  if (only === "$int") return { intValue: pairs[only] };
  if (only === "$double") return { doubleValue: pairs[only] };
  if (only === "$bytes") return { bytesValue: pairs[only] };
  return { kvlistValue: { values: pairsOf(only === "$map" ? pairs[only]! : pairs) } };
}
