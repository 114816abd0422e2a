/** So much of a file is looked at. */
export const headBytes = 64 * 1024;

/** So many lines of a table are compared. */
const mostRecords = 20;

/**
 * The ending of a file by how it begins; none where that is not plain, which is better than a wrong one. `isWhole`: there
 * is no more of it.
 */
export function endingOf(head: Buffer, isWhole: boolean): string | undefined {
  if (head.subarray(0, 4).toString("latin1") === "PAR1") return ".parquet";
  if (head.includes(0)) return undefined;
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  // What may be JSON is no table, whatever it has between commas.
  if (/^\s*[[{]/.test(text)) return endingOfJson(text, isWhole);
  for (const [separator, ending] of [
    ["\t", ".tsv"],
    [",", ".csv"],
  ] as const) {
    if (isTable(text, separator, isWhole)) return ending;
  }
  return undefined;
}

/** Several lines of objects, or one value. Of one that goes on, only a line that has ended tells which. */
function endingOfJson(text: string, isWhole: boolean): string | undefined {
  const lines = text.trimStart().split(/\r?\n/);
  const [first, second] = lines.filter((line) => line.trim() !== "");
  if (lines.length > 1 && isJson(first!)) {
    if (second === undefined) return isWhole ? ".json" : undefined;
    return first!.startsWith("{") && second.startsWith("{") ? ".jsonl" : undefined;
  }
  if (isWhole) return isJson(text) ? ".json" : undefined;
  // Nothing but JSON begins like that and goes on for so long.
  return lines.length > 1 && /^(\{\s*"|\[\s*[{["\d-])/.test(text.trimStart()) ? ".json" : undefined;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** Have several lines the same number of fields, more than one? */
function isTable(text: string, separator: string, isWhole: boolean): boolean {
  const counts = fieldCounts(text, separator, isWhole);
  return counts.length > 1 && counts[0]! > 1 && counts.every((count) => count === counts[0]);
}

/** How many fields the first lines have. In quotes, a separator or the end of a line is text. */
function fieldCounts(text: string, separator: string, isWhole: boolean): number[] {
  const counts: number[] = [];
  let count = 1;
  let isQuoted = false;
  let isEmpty = true;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === "\n" && !isQuoted) {
      if (!isEmpty) counts.push(count);
      if (counts.length === mostRecords) return counts;
      count = 1;
      isEmpty = true;
      continue;
    }
    if (character !== "\r") isEmpty = false;
    if (character === separator && !isQuoted) count++;
  }
  if (isWhole && !isEmpty) counts.push(count);
  return counts;
}
