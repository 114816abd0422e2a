import type { AnyValue, KeyValue } from "./any-value.ts";
import { cut, limits } from "./limits.ts";

/** A span as OTLP's JSON has it, with everything in its place. Ids are lower-case hexadecimal. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  kind: number;
  /** Decimal digits: nanoseconds are more than a double holds. */
  startTimeUnixNano: string;
  endTimeUnixNano: string | null;
  attributes: KeyValue[];
  events: { timeUnixNano: string; name: string; attributes: KeyValue[] }[];
  links: { traceId: string; spanId: string; attributes: KeyValue[] }[];
  status: { code: 0 | 1 | 2; message: string };
}

/** The span within its limits. */
export function bounded(span: OtlpSpan): OtlpSpan {
  return {
    ...span,
    name: cut(span.name, limits.name),
    attributes: boundedPairs(span.attributes),
    events: span.events.slice(0, limits.eventsPerSpan).map((event) => ({
      ...event,
      name: cut(event.name, limits.name),
      attributes: boundedPairs(event.attributes),
    })),
    links: span.links.slice(0, limits.linksPerSpan).map((link) => ({
      ...link,
      attributes: boundedPairs(link.attributes),
    })),
    status: { code: span.status.code, message: cut(span.status.message, limits.tag) },
  };
}

/** The last value of a key counts, as in a map. */
function boundedPairs(pairs: KeyValue[]): KeyValue[] {
  const last = new Map(pairs.map(({ key, value }) => [cut(key, limits.key), value]));
  return [...last].slice(0, limits.attributesPerSpan).map(([key, value]) => ({ key, value: boundedValue(value) }));
}

function boundedValue(value: AnyValue): AnyValue {
  const text = value.stringValue ?? JSON.stringify(value);
  return text.length <= limits.attribute ? value : { stringValue: cut(text, limits.attribute) };
}
