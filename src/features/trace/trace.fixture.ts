import type { AnyValue, IncomingSpan } from "./index.ts";

/** A span of 100 ms that began at second 1. `of` is `<trace>/<span>` or `<trace>/<span>/<parent>`, in small numbers. */
export function spanFor(
  of: string,
  more: Partial<IncomingSpan> & { says?: Record<string, AnyValue> } = {},
): IncomingSpan {
  const [trace = "", span = "", parent] = of.split("/");
  const { says, ...rest } = more;
  return {
    trace: `tr-${trace.padStart(32, "0")}`,
    traceId: trace.padStart(32, "0"),
    spanId: span.padStart(16, "0"),
    parentSpanId: parent === undefined ? null : parent.padStart(16, "0"),
    name: `span ${span}`,
    kind: 1,
    startTimeUnixNano: "1000000000",
    endTimeUnixNano: "1100000000",
    attributes: Object.entries(says ?? {}).map(([key, value]) => ({ key, value })),
    events: [],
    links: [],
    status: { code: 1, message: "" },
    ...rest,
  };
}
