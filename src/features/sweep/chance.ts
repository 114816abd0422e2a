import { createHash } from "node:crypto";

/**
 * A number in [0, 1) that is the same whenever it is asked for by the same words: what a sweep draws depends on its
 * seed, the trial and the parameter alone, so a server that starts again goes on with the same values.
 */
export function chance(...words: (string | number)[]): number {
  const bytes = createHash("sha256").update(JSON.stringify(words)).digest();
  // 53 bits: as many as a double holds.
  return (bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11)) / 2 ** 53;
}
