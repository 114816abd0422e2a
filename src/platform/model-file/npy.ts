import type { ModelFinding } from "../../contract/model-check.ts";
import { checkPickle, printable } from "./pickle/check.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";

export const isNpy = (source: Source): boolean => source.read(0, 6).toString("latin1") === "\x93NUMPY";

/** An array as numpy saves it: one of objects is a pickle behind a header. */
export function checkNpy(file: string, source: Source): ModelFinding[] {
  const head = source.read(0, 12);
  const isLong = (head[6] ?? 0) >= 2;
  const start = isLong ? 12 : 10;
  if (head.length < start) return [found("unreadable", file, "Its header is cut off.")];
  const length = isLong ? head.readUInt32LE(8) : head.readUInt16LE(8);
  const header = source.read(start, Math.min(length, 1 << 20)).toString("latin1");
  const descr = /^\s*\{\s*'descr'\s*:\s*('[^']*'|\[.*\])\s*,\s*'fortran_order'/s.exec(header)?.[1];
  if (descr === undefined)
    return [found("unreadable", file, `Its header is not one of numpy: ${printable(header).slice(0, 80)}`)];
  const hasObjects = [...descr.matchAll(/'([^']*)'/g)].some(([, type]) => /^[|<>=]?O\d*$/.test(type!));
  return hasObjects ? checkPickle(file, source, { start: start + length }) : [];
}
