import type { Value } from "./value.ts";

const mostKeys = 64;

/** Only what descriptions of arrays need: few keys that are texts. */
export function dictOf(dict: Map<string, Value>, items: Value[]): Map<string, Value> {
  for (let index = 0; index + 1 < items.length && dict.size < mostKeys; index += 2) {
    const key = items[index];
    if (typeof key === "string") dict.set(key, items[index + 1]);
  }
  return dict;
}

export function integerOf(line: string): number | undefined {
  const number = Number(line.replace(/L$/, ""));
  return Number.isSafeInteger(number) ? number : undefined;
}

export function longOf(bytes: Buffer): number | undefined {
  return bytes.length > 0 && bytes.length <= 6 ? bytes.readIntLE(0, bytes.length) : bytes.length === 0 ? 0 : undefined;
}

/** A quoted text of protocol 0; undefined where it needs more than taking the quotes off. */
export function unquoted(line: string): string | undefined {
  const [, , text] = /^(['"])(.*)\1\s*$/.exec(line) ?? [];
  return text === undefined || text.includes("\\") ? undefined : text;
}

export const unescaped = (line: string): string | undefined => (line.includes("\\") ? undefined : line);
