import { kullbackLeiblerDivergence } from "./kullback-leibler.ts";
import { shares } from "./shares.ts";

/**
 * Jensen–Shannon divergence of two counts over the same bins, in units of `base`: 0 for equal shares, and for base 2 at
 * most 1. TFDV reports this (base 2); the other tools report its square root, {@link jensenShannonDistance}.
 */
export function jensenShannonDivergence(
  reference: readonly number[],
  production: readonly number[],
  base: number = 2,
): number {
  const r = shares(reference);
  const p = shares(production);
  const middle = r.map((share, bin) => (share + p[bin]!) / 2);
  const nats = (kullbackLeiblerDivergence(r, middle) + kullbackLeiblerDivergence(p, middle)) / 2;
  return Math.max(0, nats / Math.log(base));
}

/**
 * Jensen–Shannon distance of two counts over the same bins: the square root of the divergence.
 *
 * Base 2 (0 to 1) is Azure ML's and NannyML's, base e (0 to √ln 2 ≈ 0.833) Evidently's.
 */
export function jensenShannonDistance(
  reference: readonly number[],
  production: readonly number[],
  base: number = 2,
): number {
  return Math.sqrt(jensenShannonDivergence(reference, production, base));
}
