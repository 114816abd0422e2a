/**
 * P(X ≥ `statistic`) for a chi-squared variable with a whole number of degrees of freedom.
 *
 * With a = degrees / 2 and y = statistic / 2 this is the upper regularised gamma function Q(a, y), built up from Q(1, y)
 * = exp(−y) or Q(½, y) = erfc(√y) by Q(a + 1, y) = Q(a, y) + yᵃ exp(−y) / Γ(a + 1) (DLMF 8.8.6). All terms are positive,
 * so that very small probabilities keep their precision. No degrees of freedom: 1, as nothing can differ.
 */
export function chiSquaredSurvival(statistic: number, degrees: number): number {
  if (degrees < 1 || statistic <= 0) return 1;
  if (statistic === Number.POSITIVE_INFINITY) return 0;
  const y = statistic / 2;
  const odd = degrees % 2 === 1;
  let probability = odd ? complementaryErrorOfRoot(y) : Math.exp(-y);
  let logTerm = odd ? Math.log(2) + (Math.log(y) - Math.log(Math.PI)) / 2 - y : Math.log(y) - y;
  for (let a = odd ? 0.5 : 1; a < degrees / 2; a++) {
    probability += Math.exp(logTerm);
    logTerm += Math.log(y) - Math.log(a + 1);
  }
  return Math.min(1, probability);
}

/** erfc(√y): by its power series (DLMF 7.6.2) for small y, else by the continued fraction of Q(½, y) (DLMF 8.9.2). */
function complementaryErrorOfRoot(y: number): number {
  if (y < 2) {
    let term = 1;
    let sum = 1;
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= (2 * y) / (2 * k + 1);
      sum += term;
    }
    return 1 - 2 * Math.sqrt(y / Math.PI) * Math.exp(-y) * sum;
  }
  let fraction = 0;
  for (let k = 100; k >= 1; k--) fraction = (k * (k - 0.5)) / (y + 2 * k + 0.5 - fraction);
  return (Math.sqrt(y / Math.PI) * Math.exp(-y)) / (y + 0.5 - fraction);
}
