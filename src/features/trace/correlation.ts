/** How often two conditions hold, alone and together. */
export interface Counts {
  both: number;
  first: number;
  second: number;
  all: number;
}

/**
 * Normalised pointwise mutual information of two conditions: -1 never together, 0 independent, 1 always together, NaN
 * when one of them never holds. `added` to each of the four fields of the table keeps small samples from extremes.
 */
export function npmi({ both, first, second, all }: Counts, added = 0): number {
  if (all <= 0 || first === 0 || second === 0) return Number.NaN;
  const neither = all - first - second + both;
  if (both < 0 || first < both || second < both || neither < 0) return Number.NaN;
  if (both === all) return 1;
  const together = both + added;
  if (together === 0) return -1;
  const total = all + 4 * added;
  const information = Math.log((together * total) / ((first + 2 * added) * (second + 2 * added)));
  return Math.max(-1, Math.min(1, information / -Math.log(together / total)));
}

/** Jeffreys' prior. */
export const smoothing = 0.5;
