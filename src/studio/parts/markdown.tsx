import type { ReactNode } from "react";
import { blocksOf, spansOf } from "./markdown-text.ts";

/** Markdown that people wrote: headings, lists, paragraphs, emphasis, code and links; anything else as it is. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="ty-markdown">
      {blocksOf(text).map((block, at) => {
        // biome-ignore lint/suspicious/noArrayIndexKey: the text is shown whole, its blocks do not move
        if (block.kind === "heading") return <h4 key={at}>{inline(block.text)}</h4>;
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        if (block.kind === "code") return <pre key={at}>{block.text}</pre>;
        if (block.kind === "list") {
          const items = block.items.map((item) => <li key={item}>{inline(item)}</li>);
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          return block.ordered ? <ol key={at}>{items}</ol> : <ul key={at}>{items}</ul>;
        }
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        return <p key={at}>{inline(block.text)}</p>;
      })}
    </div>
  );
}

function inline(text: string): ReactNode[] {
  return spansOf(text).map((span, at) => {
    const key = `${at} ${span.text}`;
    if (span.kind === "code") return <code key={key}>{span.text}</code>;
    if (span.kind === "strong") return <strong key={key}>{span.text}</strong>;
    if (span.kind === "emphasis") return <em key={key}>{span.text}</em>;
    if (span.kind === "link")
      return (
        <a key={key} href={span.url} className="ty-link" rel="noreferrer noopener" target="_blank">
          {span.text}
        </a>
      );
    return span.text;
  });
}
