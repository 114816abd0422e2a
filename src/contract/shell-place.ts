/** Where in shell text one is: what a quote, a blank or a dollar would mean there. */
export type ShellPlace =
  | "bare"
  | "single"
  | "double"
  | "ansi"
  | "comment"
  | "document"
  | "literal document"
  /** `(( … ))`, `$(( … ))` or `[[ … ]]`: bash may compute with a value there, and what it computes may run commands. */
  | "computed";

/** Nothing in it means anything to a shell, wherever it stands. */
export const isPlain = (text: string): boolean => /^[\w./:=@%+,-]+$/.test(text);

/**
 * Where the end of a piece of shell text is. Good enough to choose how a variable is written there; whoever relies on it
 * for more than that would need a parser of the whole language.
 */
export function placeAtEnd(text: string): ShellPlace {
  /** What is open, outermost first; a bracket of `$( … )` is bare again. */
  const open: ("bracket" | "double" | "backtick" | "arithmetic" | "test")[] = [];
  let documents: HereDocument[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const isDouble = open.at(-1) === "double";
    if (character === "\\") at++;
    else if (character === '"') isDouble ? open.pop() : open.push("double");
    else if (character === "`") open.at(-1) === "backtick" ? open.pop() : open.push("backtick");
    else if (text.startsWith("$((", at)) {
      open.push("arithmetic");
      at += 2;
    } else if (text.startsWith("$(", at)) {
      open.push("bracket");
      at++;
    } else if (text.startsWith("))", at) && open.at(-1) === "arithmetic") {
      open.pop();
      at++;
    } else if (isDouble) continue;
    else if (text.startsWith("((", at)) {
      open.push("arithmetic");
      at++;
    } else if (/^\[\[\s/.test(text.slice(at, at + 3))) {
      open.push("test");
      at++;
    } else if (text.startsWith("]]", at) && open.at(-1) === "test") {
      open.pop();
      at++;
    } else if (character === "(") open.push("bracket");
    else if (character === ")" && open.at(-1) === "bracket") open.pop();
    else if (text.startsWith("$'", at)) {
      at = endOfAnsi(text, at + 2);
      if (at < 0) return "ansi";
    } else if (character === "'") {
      at = text.indexOf("'", at + 1);
      if (at < 0) return "single";
    } else if (character === "#" && (at === 0 || /[\s;&|(]/.test(text[at - 1]!))) {
      at = text.indexOf("\n", at) - 1;
      if (at < 0) return "comment";
    } else if (character === "<") {
      const document = hereDocument.exec(text.slice(at));
      if (document) {
        documents.push({ end: document[2]!.replace(/["'\\]/g, ""), isLiteral: /["'\\]/.test(document[2]!) });
        at += document[0].length - 1;
      } else if (text.startsWith("<<<", at)) at += 2;
    } else if (character === "\n" && documents.length > 0) {
      const end = endOfDocuments(text, at, documents);
      if (typeof end !== "number") return end.isLiteral ? "literal document" : "document";
      at = end;
      documents = [];
    }
  }
  if (open.includes("arithmetic") || open.includes("test")) return "computed";
  return open.at(-1) === "double" ? "double" : "bare";
}

interface HereDocument {
  end: string;
  /** Nothing in it is expanded, because its end was written in quotes. */
  isLiteral: boolean;
}

const hereDocument = /^<<(-?)\s*("[^"\n]+"|'[^'\n]+'|[^\s;&|<>()'"]+)/;

function endOfAnsi(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "'") return at;
  }
  return -1;
}

/** Where the last of some documents ends whose first begins after a line; the one that does not end. */
function endOfDocuments(text: string, line: number, documents: HereDocument[]): number | HereDocument {
  let at = line;
  for (const document of documents) {
    for (;;) {
      const next = text.indexOf("\n", at + 1);
      const isEnd = text.slice(at + 1, next < 0 ? undefined : next).replace(/^\t+/, "") === document.end;
      if (next < 0) return isEnd ? text.length : document;
      at = next;
      if (isEnd) break;
    }
  }
  // The line break belongs to what comes after the documents.
  return at - 1;
}

/**
 * How a variable is written so that its value stays one word at a place; undefined where no variable is looked at, or its
 * value would be computed with. Elsewhere a shell reads the name of the variable and never its value as text of the
 * language.
 */
export function variableAt(place: ShellPlace, name: string): string | undefined {
  if (place === "bare") return `"\${${name}}"`;
  if (place === "double" || place === "document") return `\${${name}}`;
  if (place === "single") return `'"\${${name}}"'`;
  if (place === "ansi") return `'"\${${name}}"$'`;
  return place === "comment" ? "" : undefined;
}
