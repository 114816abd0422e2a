import type { Span } from "./trace.ts";

export interface SpanRow {
  span: Span;
  depth: number;
  /** For each level above and its own: is there another one below on that level? */
  goesOn: boolean[];
}

/**
 * The spans in the order in which a tree shows them: each before its children, those that began first before others. A
 * span whose parent is not there stands at the top.
 */
export function treeOf(spans: Span[]): SpanRow[] {
  const known = new Set(spans.map((span) => span.id));
  const children = new Map<string | null, Span[]>();
  for (const span of spans) {
    const parent =
      span.parentId !== null && known.has(span.parentId) && span.parentId !== span.id ? span.parentId : null;
    const siblings = children.get(parent);
    if (siblings) siblings.push(span);
    else children.set(parent, [span]);
  }
  const rows: SpanRow[] = [];
  const seen = new Set<string>();
  // A stack of our own: a trace may be deeper than calls may be.
  const waiting: SpanRow[] = [];
  const push = (parent: string | null, above: boolean[]) => {
    const inOrder = (children.get(parent) ?? []).toSorted((a, b) => a.startUs - b.startUs);
    const below = inOrder.map((span, at) => ({
      span,
      depth: above.length,
      goesOn: [...above, at < inOrder.length - 1],
    }));
    waiting.push(...below.reverse());
  };
  push(null, []);
  // Spans that are each other's parents hang on nothing: the first of them then stands at the top.
  for (const span of [null, ...spans]) {
    if (span && !seen.has(span.id)) waiting.push({ span, depth: 0, goesOn: [false] });
    for (let row = waiting.pop(); row; row = waiting.pop()) {
      if (seen.has(row.span.id)) continue;
      seen.add(row.span.id);
      rows.push(row);
      push(row.span.id, row.goesOn);
    }
  }
  return rows;
}

/** First and last moment of the spans, in microseconds. */
export function extentOf(spans: Span[]): { from: number; until: number } {
  let [from, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const span of spans) {
    from = Math.min(from, span.startUs);
    until = Math.max(until, span.endUs ?? span.startUs);
  }
  return spans.length === 0 ? { from: 0, until: 0 } : { from, until };
}
