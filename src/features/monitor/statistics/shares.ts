/** Counts as shares of their sum, which must be above zero. */
export function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}

/**
 * What to do about empty bins before taking logarithms of shares:
 * - `laplace` (Azure ML): one more observation in every bin, of both samples.
 * - `fill` (Evidently): an empty bin's share becomes 0.0001, or a millionth of the sample's smallest share where that is
 *   0.0001 or less; the shares are not scaled back to a sum of one.
 * - `none` (Deequ): nothing, so that a bin which only one sample has makes the result infinite.
 */
export type Smoothing = "laplace" | "fill" | "none";

/** Counts as shares, with empty bins treated as `smoothing` says. */
export function smoothedShares(counts: readonly number[], smoothing: Smoothing): number[] {
  if (smoothing === "laplace") return shares(counts.map((count) => count + 1));
  const exact = shares(counts);
  if (smoothing === "none") return exact;
  const smallest = exact.reduce((least, share) => (share > 0 ? Math.min(least, share) : least), 1);
  const floor = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
  return exact.map((share) => share || floor);
}
