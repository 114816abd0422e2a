import { useState } from "react";
import type { SpanRow } from "../../../contract/trace-tree.ts";
import { Tag } from "../../parts/state.tsx";
import { tookText } from "./took.ts";

/** More rows at once than that make the page slow. */
const atOnce = 500;

interface WaterfallProps {
  rows: SpanRow[];
  extent: { from: number; until: number };
  chosen: string;
  onChoose: (span: string) => void;
}

/** The spans as a tree, each with its time as a bar. Arrow keys move the choice. */
export function Waterfall({ rows, extent, chosen, onChoose }: WaterfallProps) {
  const [shown, setShown] = useState(atOnce);
  const length = Math.max(1, extent.until - extent.from);
  const share = (us: number) => `${(us / length) * 100}%`;
  const move = (event: React.KeyboardEvent, by: number) => {
    const next = rows[rows.findIndex((row) => row.span.id === chosen) + by];
    if (!next) return;
    event.preventDefault();
    onChoose(next.span.id);
    const list = event.currentTarget as HTMLElement;
    queueMicrotask(() => list.querySelector<HTMLElement>(`[data-span="${next.span.id}"]`)?.focus());
  };
  return (
    <div
      role="tree"
      aria-label="Spans"
      className="ty-waterfall"
      onKeyDown={(event) => {
        if (event.key === "ArrowDown") move(event, 1);
        if (event.key === "ArrowUp") move(event, -1);
      }}
    >
      {rows.slice(0, shown).map(({ span, depth }) => (
        <button
          key={span.id}
          type="button"
          role="treeitem"
          aria-level={depth + 1}
          aria-selected={span.id === chosen}
          tabIndex={span.id === chosen ? 0 : -1}
          data-span={span.id}
          data-tone={span.state === "ERROR" ? "bad" : "accent"}
          className="ty-waterfall-row"
          onClick={() => onChoose(span.id)}
        >
          <span className="ty-waterfall-name" style={{ paddingLeft: Math.min(depth, 20) * 14 }}>
            <span className="ty-waterfall-title">{span.name}</span>
            {span.type && span.type !== "UNKNOWN" && <Tag>{span.type}</Tag>}
            {span.state === "ERROR" && <span className="ty-hidden">failed</span>}
          </span>
          <span className="ty-waterfall-time ty-num">{tookText(span)}</span>
          <span className="ty-waterfall-lane" aria-hidden>
            <span
              className="ty-waterfall-bar"
              style={{
                left: share(span.startUs - extent.from),
                width: share((span.endUs ?? extent.until) - span.startUs),
              }}
            />
          </span>
        </button>
      ))}
      {rows.length > shown && (
        <button type="button" className="ty-waterfall-row" onClick={() => setShown(shown + atOnce)}>
          Show {Math.min(atOnce, rows.length - shown)} more of {rows.length - shown}
        </button>
      )}
    </div>
  );
}
