export type Block =
  | { kind: "heading" | "paragraph" | "code"; text: string }
  | { kind: "list"; ordered: boolean; items: string[] };

export type Span = { kind: "text" | "code" | "strong" | "emphasis"; text: string } | LinkSpan;
interface LinkSpan {
  kind: "link";
  text: string;
  url: string;
}

const item = /^\s*(?:([-*+])|\d+[.)])\s+(.*)$/;

/** Paragraphs, headings, lists and fenced code of a Markdown text. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let fence: string[] | undefined;
  let isOpen = false;
  for (const line of text.replaceAll("\r\n", "\n").split("\n")) {
    if (/^```/.test(line)) {
      if (fence) blocks.push({ kind: "code", text: fence.join("\n") });
      fence = fence ? undefined : [];
      isOpen = false;
      continue;
    }
    if (fence) fence.push(line);
    else isOpen = addLine(blocks, line, isOpen);
  }
  if (fence) blocks.push({ kind: "code", text: fence.join("\n") });
  return blocks;
}

/** Says whether the next line may go on with the last block. */
function addLine(blocks: Block[], line: string, isOpen: boolean): boolean {
  if (line.trim() === "") return false;
  const last = isOpen ? blocks.at(-1) : undefined;
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  if (heading) {
    blocks.push({ kind: "heading", text: heading[1]! });
    return false;
  }
  const [, bullet, content] = item.exec(line) ?? [];
  if (content !== undefined) {
    const ordered = bullet === undefined;
    if (last?.kind === "list" && last.ordered === ordered) last.items.push(content);
    else blocks.push({ kind: "list", ordered, items: [content] });
  } else if (last?.kind === "list") last.items.push(`${last.items.pop()} ${line.trim()}`);
  else if (last?.kind === "paragraph") last.text += ` ${line.trim()}`;
  else blocks.push({ kind: "paragraph", text: line.trim() });
  return true;
}

const mark = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

/** Emphasis, code and links (to the web only) within a line. */
export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(mark)) {
    if (match.index > from) spans.push({ kind: "text", text: text.slice(from, match.index) });
    from = match.index + match[0].length;
    const [, code, strong, emphasis, label, url] = match;
    if (code !== undefined) spans.push({ kind: "code", text: code });
    else if (strong !== undefined) spans.push({ kind: "strong", text: strong });
    else if (emphasis !== undefined) spans.push({ kind: "emphasis", text: emphasis });
    else spans.push({ kind: "link", text: label!, url: url! });
  }
  if (from < text.length) spans.push({ kind: "text", text: text.slice(from) });
  return spans;
}
