import { expect, test } from "vitest";
import { doaneBinCount, equalWidthEdges, extent, histogram, pooledEdges } from "./binning.ts";
import { expected, expectWithin, production, reference } from "./vectors.fixture.ts";

test("the samples share Sturges' bins for the smaller one, as in Azure ML", () => {
  expect(pooledEdges(reference, production)).toHaveLength(expected.azureml_bins + 1);
});

test("Sturges' bins for both samples together are Evidently's", () => {
  const edges = pooledEdges(reference, production, reference.length + production.length);
  const { n_bins, first, last } = expected.evidently_bins_sturges_pooled;
  expect(edges).toHaveLength(n_bins + 1);
  expect([edges[0], edges.at(-1)]).toEqual([first, last]);
});

test("Doane's bins of the reference leave outside what NannyML calls left over", () => {
  const bins = doaneBinCount(reference);
  expect(bins).toBe(expected.nannyml_doane_bins);
  const { outside } = histogram(production, equalWidthEdges(...extent(reference), bins));
  expectWithin(1e-13, outside / production.length, expected.nannyml_leftover);
});

test("a bin includes its lower edge, the last bin both", () => {
  expect(histogram([-1, 0, 1, 1.5, 2, 3, 4], [0, 1, 2, 3])).toEqual({ counts: [1, 2, 2], outside: 2 });
});

test("a single value has one bin around it", () => {
  expect(pooledEdges([200, 200], [200])).toEqual([199, 201]);
  expect(pooledEdges([0], [0])).toEqual([-0.005, 0.005]);
  expect(histogram([200, 200], pooledEdges([200], [200]))).toEqual({ counts: [2], outside: 0 });
});
