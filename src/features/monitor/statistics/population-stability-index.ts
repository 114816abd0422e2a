import { type Smoothing, smoothedShares } from "./shares.ts";

/**
 * Population stability index of two counts over the same bins: Σ (r − p) ln(r / p), 0 for equal shares, unbounded.
 *
 * By custom, below 0.1 is stable and above 0.25 a shift. The default treatment of empty bins is Azure ML's; its component
 * leaves the smoothed shares summing to more than one, its documented formula and this function do not.
 */
export function populationStabilityIndex(
  reference: readonly number[],
  production: readonly number[],
  smoothing: Smoothing = "laplace",
): number {
  const r = smoothedShares(reference, smoothing);
  const p = smoothedShares(production, smoothing);
  return r.reduce((sum, share, bin) => {
    const other = p[bin]!;
    return share === other ? sum : sum + (share - other) * Math.log(share / other);
  }, 0);
}
