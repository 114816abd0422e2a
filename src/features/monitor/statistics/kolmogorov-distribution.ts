import { durbinProbability } from "./durbin-matrix.ts";

/**
 * P(Dₙ ≥ `distance`) for the two-sided one-sample Kolmogorov–Smirnov statistic of `n` observations.
 *
 * Which formula where is after Simard & L'Ecuyer, "Computing the Two-Sided Kolmogorov-Smirnov Distribution", Journal of
 * Statistical Software 39(11), 2011, as in scipy's `kstwo`. Small probabilities lose digits
 * to rounding as n grows: about seven are left at a million.
 */
export function kolmogorovSurvival(n: number, distance: number): number {
  const scaled = n * distance * distance;
  if (n * distance <= 0.5) return 1;
  if (distance >= 1 || scaled >= 370) return 0;
  if (distance >= 0.5 || scaled >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * smirnovSurvival(n, distance));
  if (n <= 140 || (n <= 100_000 && n * distance ** 1.5 <= 1.4)) return clip(1 - durbinProbability(n, distance));
  return clip(1 - pelzGoodProbability(n, distance));
}

/** P(Dₙ⁺ ≥ d), one-sided and exact: d Σ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j) (Birnbaum & Tingey 1951). */
function smirnovSurvival(n: number, d: number): number {
  let sum = 0;
  let logChoose = 0;
  for (let j = 0; j / n < 1 - d; j++) {
    sum += Math.exp(logChoose + (j - 1) * Math.log(d + j / n) + (n - j) * Math.log1p(-d - j / n));
    logChoose += Math.log((n - j) / (j + 1));
  }
  return d * sum;
}

/** P(Dₙ ≤ d) for large n, to four terms in 1/√n (Pelz & Good, JRSS B 38(2), 1976). */
function pelzGoodProbability(n: number, d: number): number {
  const z = d * Math.sqrt(n);
  const pi2 = Math.PI ** 2;
  const sums = [0, 0, 0, 0];
  let second = 0;
  let third = 0;
  for (let k = Math.ceil((16 * z) / Math.PI); k >= 1; k--) {
    const odd = (2 * k - 1) ** 2 * pi2;
    const weight = Math.exp(-odd / 8 / z ** 2);
    sums[0]! += weight;
    sums[1]! += weight * (odd / 4 - z ** 2);
    sums[2]! +=
      weight * (6 * z ** 6 + 2 * z ** 4 + ((2 * z ** 4 - 5 * z ** 2) * odd) / 4 + ((1 - 2 * z ** 2) * odd ** 2) / 16);
    sums[3]! +=
      weight *
      (-30 * z ** 6 -
        90 * z ** 8 +
        ((135 * z ** 4 - 96 * z ** 6) * odd) / 4 +
        ((212 * z ** 4 - 60 * z ** 2) * odd ** 2) / 16 +
        ((5 - 30 * z ** 2) * odd ** 3) / 64);
    const all = k ** 2 * pi2;
    const allWeight = Math.exp(-all / 2 / z ** 2);
    second += allWeight * all;
    third += allWeight * all * (3 * z ** 2 - all);
  }
  const terms = [
    sums[0]! / z,
    sums[1]! / (6 * z ** 4),
    sums[2]! / (72 * z ** 7) - second / (36 * z ** 3),
    sums[3]! / (6480 * z ** 10) + third / (216 * z ** 6),
  ];
  return Math.sqrt(2 * Math.PI) * terms.reduce((sum, term, power) => sum + term / n ** (power / 2), 0);
}

function clip(probability: number): number {
  return Math.min(1, Math.max(0, probability));
}
