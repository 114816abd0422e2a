/** A statement of Python, or a line that only IPython knows. Both keep their indentation. */
export interface Statement {
  kind: "python" | "magic";
  text: string;
}

/** Starts of lines that are IPython's: `%magic`, `!command`, `?help`, `x = !command`, `x = %magic`, `help?`. */
const magicLine = /^[ \t]*(?:[%!?]|[A-Za-z_][\w.,[\]'" ]*=[ \t]*[%!](?!=)|[A-Za-z_][\w.]*\?{1,2}[ \t]*$)/;

/**
 * Cuts a cell into statements: what stands in strings and brackets over several lines stays together, so that a `%` or
 * `!` at the start of a line in a string is not taken for a magic.
 */
export function statementsOf(cell: string): Statement[] {
  const lines = cell.split("\n");
  const statements: Statement[] = [];
  for (let at = 0; at < lines.length; ) {
    const first = at;
    if (magicLine.test(lines[at]!)) {
      while (lines[at]!.endsWith("\\") && at + 1 < lines.length) at += 1;
      at += 1;
      statements.push({ kind: "magic", text: lines.slice(first, at).join("\n") });
      continue;
    }
    const open: Open = { brackets: 0, quote: undefined };
    do {
      scan(lines[at]!, open);
      at += 1;
    } while (at < lines.length && (open.brackets > 0 || open.quote || continued(lines[at - 1]!)));
    statements.push({ kind: "python", text: lines.slice(first, at).join("\n") });
  }
  return statements;
}

interface Open {
  brackets: number;
  /** `"""` or `'''`: other strings end with their line. */
  quote: string | undefined;
}

const continued = (line: string): boolean => /(^|[^\\])(\\\\)*\\$/.test(line);

function scan(line: string, open: Open): void {
  for (let at = 0; at < line.length; at += 1) {
    if (open.quote) {
      if (line[at] === "\\") at += 1;
      else if (line.startsWith(open.quote, at)) {
        at += open.quote.length - 1;
        open.quote = undefined;
      }
      continue;
    }
    const char = line[at]!;
    if (char === "#") return;
    if ("([{".includes(char)) open.brackets += 1;
    else if (")]}".includes(char)) open.brackets = Math.max(0, open.brackets - 1);
    else if (char === '"' || char === "'") {
      const triple = char.repeat(3);
      if (line.startsWith(triple, at)) {
        open.quote = triple;
        at += 2;
      } else at = endOfString(line, at);
    }
  }
}

function endOfString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === line[start]) return at;
  }
  return line.length;
}

/** Splits a line at the `#` that begins its comment. */
export function withoutComment(line: string): { code: string; comment: string } {
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at]!;
    if (quote) {
      if (char === "\\") at += 1;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "#") return { code: line.slice(0, at).trimEnd(), comment: line.slice(at + 1).trim() };
  }
  return { code: line.trimEnd(), comment: "" };
}
