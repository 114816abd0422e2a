import { expect, test } from "vitest";
import { expected, expectWithin, production, reference } from "./vectors.fixture.ts";
import { normalizedWassersteinDistance, standardDeviation, wassersteinDistance } from "./wasserstein.ts";

const tolerance = 1e-12;

test("the distance is scipy's", () => {
  expectWithin(tolerance, wassersteinDistance(reference, production), expected.wasserstein);
  expectWithin(tolerance, wassersteinDistance(production, reference), expected.wasserstein);
});

test("the normalized distance is Azure ML's, or Evidently's", () => {
  const azure = normalizedWassersteinDistance(reference, production);
  expectWithin(tolerance, azure, expected["azureml_wasserstein_normed(std ddof1)"]);
  const evidently = normalizedWassersteinDistance(reference, production, 0);
  expectWithin(tolerance, evidently, expected["evidently_wasserstein_normed(std ddof0)"]);
});

test("moving every value moves the distance as far", () => {
  expect(wassersteinDistance([3, 1, 1], [5, 3, 3])).toBe(2);
});

test("a constant reference counts as having a standard deviation of 0.001", () => {
  expect(standardDeviation([5])).toBe(0);
  expectWithin(tolerance, normalizedWassersteinDistance([5, 5, 5], [5.002]), 2);
});
