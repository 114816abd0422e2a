import { expect, test } from "vitest";
import { kolmogorovSurvival } from "./kolmogorov-distribution.ts";
import { kolmogorovSmirnov } from "./kolmogorov-smirnov.ts";
import { expected, expectWithin, production, reference } from "./vectors.fixture.ts";

const tolerance = 1e-11;

test("the exact test is scipy's", () => {
  const { statistic, pValue } = kolmogorovSmirnov(reference, production);
  expectWithin(tolerance, statistic, expected.ks_2samp_auto.D);
  expectWithin(tolerance, pValue, expected.ks_2samp_auto.p);
  const small = kolmogorovSmirnov(production.slice(0, 45), reference.slice(0, 60));
  expectWithin(tolerance, small.statistic, expected.ks_2samp_small_exact_n60_m45.D);
  expectWithin(tolerance, small.pValue, expected.ks_2samp_small_exact_n60_m45.p);
});

test("the asymptotic test is scipy's", () => {
  const { statistic, pValue } = kolmogorovSmirnov(reference, production, "asymptotic");
  expectWithin(tolerance, statistic, expected.ks_2samp_asymp.D);
  expectWithin(tolerance, pValue, expected.ks_2samp_asymp.p);
});

test("samples beyond 10,000 rows get a p-value too", () => {
  const many = Array.from({ length: 12_000 }, (_, index) => index);
  expect(kolmogorovSmirnov(many, many).pValue).toBe(1);
  expect(kolmogorovSmirnov(many, [-5, -4, -3, -2, -1]).statistic).toBe(1);
});

test("equal samples and samples apart", () => {
  expect(kolmogorovSmirnov([1, 1, 2], [1, 2, 1])).toEqual({ statistic: 0, pValue: 1 });
  const { statistic, pValue } = kolmogorovSmirnov([1, 2, 3], [4, 5, 6]);
  expect(statistic).toBe(1);
  expectWithin(tolerance, pValue, 2 / 20);
});

test.each([
  [1, 0.7, 0.6000000000000001],
  [5, 0.1001, 1.0],
  [5, 0.3, 0.664],
  [20, 0.2, 0.352720173623415],
  [50, 0.1, 0.6623112704658186],
  [100, 0.13, 0.06209234069876253],
  [140, 0.16, 0.0013440163244194184],
  [140, 0.45, 2.1582605458449104e-26],
  [30, 0.6, 7.392006292214292e-11],
  [141, 0.03, 0.9992107601012719],
  [141, 0.08, 0.31084170879264117],
  [200, 0.1, 0.03411035080315383],
  [500, 0.05, 0.15866260223815387],
  [1000, 0.02, 0.8108971656895577],
  [1000, 0.03, 0.3226902143914636],
  [5000, 0.0105, 0.6359192095445171],
  [5000, 0.02, 0.03613941395325637],
  [100000, 0.0055, 0.004698336623677448],
  [1000000, 0.0013, 0.06803320588112582],
  [1000000, 0.002, 0.0006700277103670718],
])("P(D ≥ d) for n = %d, d = %d is scipy's kstwo.sf", (n, distance, probability) => {
  expectWithin(n < 100_000 ? 1e-10 : 3e-8, kolmogorovSurvival(n, distance), probability);
});
