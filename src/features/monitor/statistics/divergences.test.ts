import { expect, test } from "vitest";
import { doaneBinCount, equalWidthEdges, extent, histogram, pooledEdges } from "./binning.ts";
import { jensenShannonDistance, jensenShannonDivergence } from "./jensen-shannon.ts";
import { kullbackLeiblerDivergence } from "./kullback-leibler.ts";
import { populationStabilityIndex } from "./population-stability-index.ts";
import { shares, smoothedShares } from "./shares.ts";
import { categories, expected, expectWithin, production, reference } from "./vectors.fixture.ts";

const tolerance = 1e-12;

function counted(edges: number[]): [number[], number[]] {
  return [histogram(reference, edges).counts, histogram(production, edges).counts];
}

test("Azure ML's numbers", () => {
  const [r, p] = counted(pooledEdges(reference, production));
  expectWithin(tolerance, jensenShannonDistance(r, p), expected.azureml_js_base2);
  expectWithin(tolerance, populationStabilityIndex(r, p), expected.azureml_psi_laplace);
  const { reference: cr, production: cp } = categories;
  expectWithin(tolerance, jensenShannonDistance(cr, cp), expected.azureml_cat_js_base2);
  expectWithin(tolerance, populationStabilityIndex(cr, cp), expected.azureml_cat_psi_laplace);
});

test("Evidently's numbers", () => {
  const [r, p] = counted(pooledEdges(reference, production, reference.length + production.length));
  expectWithin(tolerance, jensenShannonDistance(r, p, Math.E), expected.evidently_js_base_e);
  expectWithin(tolerance, populationStabilityIndex(r, p, "fill"), expected.evidently_psi);
  const filled = ([r, p] as const).map((counts) => shares(smoothedShares(counts, "fill")));
  expectWithin(tolerance, kullbackLeiblerDivergence(filled[0]!, filled[1]!), expected.evidently_kl);
  const { reference: cr, production: cp } = categories;
  expectWithin(tolerance, jensenShannonDistance(cr, cp, Math.E), expected.evidently_cat_js_base_e);
  expectWithin(tolerance, populationStabilityIndex(cr, cp, "fill"), expected.evidently_cat_psi);
});

test("NannyML's distance, with values beyond the reference's range in a bin of their own", () => {
  const edges = equalWidthEdges(...extent(reference), doaneBinCount(reference));
  const { counts, outside } = histogram(production, edges);
  const r = [...histogram(reference, edges).counts, 0];
  expectWithin(tolerance, jensenShannonDistance(r, [...counts, outside]), expected.nannyml_js_base2);
});

test("TFDV's divergence of categories", () => {
  const value = jensenShannonDivergence(categories.reference, categories.production);
  expectWithin(tolerance, value, expected.tfdv_jsd_base2_cat);
});

test("equal shares are 0 apart, samples with nothing in common as far as can be", () => {
  expect(jensenShannonDistance([1, 3], [2, 6])).toBe(0);
  expect(populationStabilityIndex([1, 3], [2, 6], "none")).toBe(0);
  expectWithin(1e-15, jensenShannonDistance([4, 0], [0, 9]), 1);
  expect(populationStabilityIndex([4, 0], [0, 9], "none")).toBe(Number.POSITIVE_INFINITY);
});
