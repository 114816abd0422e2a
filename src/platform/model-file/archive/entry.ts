import type { Source } from "../source.ts";

/** A file in an archive. */
export interface Entry {
  path: string;
  /** Bytes once unpacked. */
  size: number;
  /** The content; undefined when it is too large to unpack here or packed in a way that is not read. */
  open(): Source | undefined;
}

/** What makes an archive one that must not be unpacked. */
export class BadArchive extends Error {
  readonly rule: "archive-entry" | "archive-damaged" | "archive-bomb";

  constructor(rule: BadArchive["rule"], message: string) {
    super(message);
    this.name = "BadArchive";
    this.rule = rule;
  }
}

export const mostEntries = 100_000;
const mostUnpacked = 256 * 1024 ** 3;
const mostRatio = 1000;
/** Below this, a high ratio harms nobody. */
const harmless = 64 * 1024 ** 2;

/** Content that is unpacked to be looked at is held in memory. */
export const mostHeld = 256 * 1024 ** 2;

/** Refuses names that leave the folder, and two for one file. */
export function checkNames(paths: string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    const trimmed = path.replace(/^\.\//, "").replace(/\/$/, "");
    if (trimmed === "." || trimmed === "") continue;
    const decoded = decode(trimmed);
    if (isUnsafe(trimmed) || isUnsafe(decoded))
      throw new BadArchive("archive-entry", `The entry ${JSON.stringify(path.slice(0, 200))} leaves the folder.`);
    const folded = trimmed.normalize("NFC").toLowerCase();
    if (seen.has(folded))
      throw new BadArchive("archive-entry", `Two entries are called ${JSON.stringify(path.slice(0, 200))}.`);
    seen.add(folded);
  }
}

function isUnsafe(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\\\u0000-\u001f\u007f]/.test(path) || path.startsWith("/") || /^[a-z]:/i.test(path)) return true;
  return path.split("/").some((part) => part === ".." || part === "");
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export function checkSizes(entries: { path: string; size: number; packed: number }[]): void {
  let total = 0;
  for (const { path, size, packed } of entries) {
    total += size;
    const isBomb = size > harmless && size > packed * mostRatio;
    if (isBomb || total > mostUnpacked)
      throw new BadArchive("archive-bomb", `${path.slice(0, 200)} unpacks ${packed} bytes to ${size}.`);
  }
}
