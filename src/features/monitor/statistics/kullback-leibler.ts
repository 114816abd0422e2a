/**
 * Kullback–Leibler divergence of two lists of shares over the same bins, in nats: Σ r ln(r / p).
 *
 * 0 for equal shares, infinite where the reference has a bin that production has not. Each list must sum to one.
 */
export function kullbackLeiblerDivergence(reference: readonly number[], production: readonly number[]): number {
  return reference.reduce(
    (sum, share, bin) => (share === 0 ? sum : sum + share * Math.log(share / production[bin]!)),
    0,
  );
}
