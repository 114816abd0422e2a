import { BinaryReader, type WireType } from "@bufbuild/protobuf/wire";
import { invalid, type Problem } from "../../contract/errors.ts";
import type { AnyValue, KeyValue, OtlpSpan } from "../../features/trace/index.ts";
import type { ResourceSpans } from "./request.ts";

/** Deeper values than that are not read: each level is one on the stack. */
const deepest = 64;

/**
 * Reads an `ExportTraceServiceRequest` from the bytes of protobuf. Field numbers are those of
 * opentelemetry/proto/trace/v1/trace.proto; fields that are not kept are skipped.
 *
 * @throws Problem `invalid` when the bytes are not such a message.
 */
export function decodeRequest(bytes: Uint8Array): ResourceSpans[] {
  const found: ResourceSpans[] = [];
  try {
    each(new BinaryReader(bytes), (field, reader) => {
      if (field !== 1) return false;
      found.push(resourceSpans(message(reader)));
      return true;
    });
  } catch (error) {
    if ((error as Problem).code) throw error;
    throw invalid("The request is not an OTLP trace export in protobuf.", { hint: (error as Error).message });
  }
  return found;
}

type Field = (field: number, reader: BinaryReader) => boolean;

/** Gives every field to `take`, and skips those that it does not want. */
function each(reader: BinaryReader, take: Field): void {
  while (reader.pos < reader.len) {
    const [field, wireType]: [number, WireType] = reader.tag();
    if (!take(field, reader)) reader.skip(wireType, field);
  }
}

const message = (reader: BinaryReader): BinaryReader => new BinaryReader(reader.bytes());

const hex = (reader: BinaryReader): string => Buffer.from(reader.bytes()).toString("hex");

function resourceSpans(reader: BinaryReader): ResourceSpans {
  const found: ResourceSpans = { resource: [], spans: [] };
  each(reader, (field, reader) => {
    if (field === 1) {
      each(message(reader), (field, reader) => field === 1 && found.resource.push(keyValue(message(reader), 0)) > 0);
    } else if (field === 2) {
      each(message(reader), (field, reader) => field === 2 && found.spans.push(span(message(reader))) > 0);
    } else return false;
    return true;
  });
  return found;
}

function span(reader: BinaryReader): OtlpSpan {
  const span: OtlpSpan = {
    traceId: "",
    spanId: "",
    parentSpanId: null,
    name: "",
    kind: 0,
    startTimeUnixNano: "0",
    endTimeUnixNano: null,
    attributes: [],
    events: [],
    links: [],
    status: { code: 0, message: "" },
  };
  each(reader, (field, reader) => {
    if (field === 1) span.traceId = hex(reader);
    else if (field === 2) span.spanId = hex(reader);
    else if (field === 4) span.parentSpanId = hex(reader) || null;
    else if (field === 5) span.name = reader.string();
    else if (field === 6) span.kind = reader.int32();
    else if (field === 7) span.startTimeUnixNano = String(reader.fixed64());
    else if (field === 8) span.endTimeUnixNano = ended(String(reader.fixed64()));
    else if (field === 9) span.attributes.push(keyValue(message(reader), 0));
    else if (field === 11) span.events.push(event(message(reader)));
    else if (field === 13) span.links.push(link(message(reader)));
    else if (field === 15) span.status = status(message(reader));
    else return false;
    return true;
  });
  return span;
}

/** Zero says that it is not known. */
const ended = (nano: string): string | null => (nano === "0" ? null : nano);

function event(reader: BinaryReader): OtlpSpan["events"][number] {
  const event: OtlpSpan["events"][number] = { timeUnixNano: "0", name: "", attributes: [] };
  each(reader, (field, reader) => {
    if (field === 1) event.timeUnixNano = String(reader.fixed64());
    else if (field === 2) event.name = reader.string();
    else if (field === 3) event.attributes.push(keyValue(message(reader), 0));
    else return false;
    return true;
  });
  return event;
}

function link(reader: BinaryReader): OtlpSpan["links"][number] {
  const link: OtlpSpan["links"][number] = { traceId: "", spanId: "", attributes: [] };
  each(reader, (field, reader) => {
    if (field === 1) link.traceId = hex(reader);
    else if (field === 2) link.spanId = hex(reader);
    else if (field === 4) link.attributes.push(keyValue(message(reader), 0));
    else return false;
    return true;
  });
  return link;
}

function status(reader: BinaryReader): OtlpSpan["status"] {
  const status: OtlpSpan["status"] = { code: 0, message: "" };
  each(reader, (field, reader) => {
    if (field === 2) status.message = reader.string();
    else if (field === 3) status.code = statusCode(reader.int32());
    else return false;
    return true;
  });
  return status;
}

export const statusCode = (code: number): 0 | 1 | 2 => (code === 1 || code === 2 ? code : 0);

function keyValue(reader: BinaryReader, depth: number): KeyValue {
  const pair: KeyValue = { key: "", value: {} };
  each(reader, (field, reader) => {
    if (field === 1) pair.key = reader.string();
    else if (field === 2) pair.value = anyValue(message(reader), depth + 1);
    else return false;
    return true;
  });
  return pair;
}

function anyValue(reader: BinaryReader, depth: number): AnyValue {
  if (depth > deepest) throw invalid(`An attribute is nested more than ${deepest} levels deep.`);
  let value: AnyValue = {};
  each(reader, (field, reader) => {
    if (field === 1) value = { stringValue: reader.string() };
    else if (field === 2) value = { boolValue: reader.bool() };
    else if (field === 3) value = { intValue: String(reader.int64()) };
    else if (field === 4) value = { doubleValue: doubleOf(reader.double()) };
    else if (field === 5) value = { arrayValue: { values: list(message(reader), depth, anyValue) } };
    else if (field === 6) value = { kvlistValue: { values: list(message(reader), depth, keyValue) } };
    else if (field === 7) value = { bytesValue: Buffer.from(reader.bytes()).toString("base64") };
    else return false;
    return true;
  });
  return value;
}

function list<T>(reader: BinaryReader, depth: number, item: (reader: BinaryReader, depth: number) => T): T[] {
  const items: T[] = [];
  each(reader, (field, reader) => field === 1 && items.push(item(message(reader), depth + 1)) > 0);
  return items;
}

/** JSON has no NaN and no infinity. */
export const doubleOf = (value: number): AnyValue["doubleValue"] =>
  Number.isFinite(value) ? value : (String(value) as AnyValue["doubleValue"]);
