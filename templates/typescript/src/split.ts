import type { Row } from "./houses.ts";

/** The same rows and seed give the same two parts; no row is in both. */
export function split(rows: readonly Row[], testShare: number, seed: number): { train: Row[]; test: Row[] } {
  if (!(testShare > 0 && testShare < 1)) {
    throw new Error(`the share of test rows must lie between 0 and 1, it is ${testShare}`);
  }
  const next = randomFrom(seed);
  const shuffled = [...rows];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  const tests = Math.round(rows.length * testShare);
  return { train: shuffled.slice(tests), test: shuffled.slice(0, tests) };
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
