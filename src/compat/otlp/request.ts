import { invalid } from "../../contract/errors.ts";
import { traceIdSchema } from "../../contract/trace.ts";
import { type IncomingSpan, type KeyValue, type OtlpSpan, plainOf, said } from "../../features/trace/index.ts";

/** What one program sent: what it says about itself, and its spans. */
export interface ResourceSpans {
  resource: KeyValue[];
  spans: OtlpSpan[];
}

/** The spans under the traces that they belong to. */
export function incomingSpans(request: ResourceSpans[]): IncomingSpan[] {
  return request.flatMap(({ resource, spans }) => {
    const service = resource.find(({ key, value }) => key === "service.name" && isName(plainOf(value)));
    return spans.map((span): IncomingSpan => {
      if (!/[1-9a-f]/.test(span.traceId) || !/[1-9a-f]/.test(span.spanId))
        throw invalid(`The span ${JSON.stringify(span.name)} has no trace id or no span id.`);
      // The root says who made the trace, where people look for it.
      const told = service && span.parentSpanId === null && !span.attributes.some(({ key }) => key === service.key);
      return { ...span, trace: traceOf(span), attributes: told ? [...span.attributes, service] : span.attributes };
    });
  });
}

/** What SDKs say when nobody gave a name tells nothing. */
const isName = (name: unknown): boolean =>
  typeof name === "string" && name !== "" && !name.startsWith("unknown_service");

/** The trace's own id travels as an attribute when it is not made of OpenTelemetry's. */
function traceOf(span: OtlpSpan): string {
  const id = said(span, "trace");
  return traceIdSchema.safeParse(id).success ? (id as string) : `tr-${span.traceId}`;
}
