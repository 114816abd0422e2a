import fc from "fast-check";
import { expect, test } from "vitest";
import { featureDriftSchema, monitorDefinitionSchema } from "../../contract/monitor.ts";
import { type Columns, type DriftRule, judgeDrift } from "./drift.ts";
import { expected, expectWithin, inputs } from "./statistics/vectors.fixture.ts";

const defaults = monitorDefinitionSchema.parse({
  endpoint: "e",
  referenceData: { name: "d", version: "1" },
  minRows: 50,
});
const allMetrics: DriftRule = {
  ...defaults,
  numerical: {
    jensen_shannon_distance: 0.1,
    normalized_wasserstein_distance: 0.1,
    population_stability_index: 0.1,
    two_sample_kolmogorov_smirnov_test: 0.05,
  },
  categorical: { jensen_shannon_distance: 0.1, population_stability_index: 0.1, pearsons_chi_squared_test: 0.05 },
};

const reference: Columns = new Map<string, (string | number)[]>([
  ["size", inputs.ref],
  ["colour", inputs.catr],
]);
const production: Columns = new Map<string, (string | number)[]>([
  ["size", inputs.cur],
  ["colour", inputs.catc],
]);

test("metrics and thresholds are Azure ML's", () => {
  const { features } = judgeDrift(allMetrics, reference, production);
  const found = Object.fromEntries(features.map((drift) => [`${drift.feature} ${drift.metric}`, drift]));
  const values: [string, number, boolean][] = [
    ["size jensen_shannon_distance", expected.azureml_js_base2, true],
    ["size normalized_wasserstein_distance", expected["azureml_wasserstein_normed(std ddof1)"], true],
    ["size population_stability_index", expected.azureml_psi_laplace, false],
    ["size two_sample_kolmogorov_smirnov_test", expected.ks_2samp_auto.p, true],
    ["colour jensen_shannon_distance", expected.azureml_cat_js_base2, true],
    ["colour population_stability_index", expected.azureml_cat_psi_laplace, true],
    ["colour pearsons_chi_squared_test", 0, true],
  ];
  expect(features).toHaveLength(values.length);
  for (const [name, value, drifted] of values) {
    expectWithin(1e-11, found[name]!.value, value);
    expect(found[name]!.drifted, name).toBe(drifted);
  }
});

test("the column that moved furthest comes first, and the message says how far", () => {
  const { verdict, features, message } = judgeDrift(defaults, reference, production);
  expect(verdict).toBe("fail");
  expect(features.map((drift) => drift.feature)).toEqual(["colour", "size"]);
  expect(message).toBe(
    '2 of 2 columns moved: colour ("a" 45.8 % → 18.3 % of values; Jensen–Shannon distance 0.468, limit 0.1), ' +
      "size (mean 7.58 → 8.38, standard deviation 3.25 → 3.33; normalized Wasserstein distance 0.246, limit 0.1).",
  );
});

test("both histograms are shares of the same bins", () => {
  const histogram = judgeDrift(defaults, reference, production).features.at(-1)!.histogram;
  expect(histogram.labels).toHaveLength(expected.azureml_bins);
  expect(histogram.labels[0]).toBe("0.3 to 1.67");
  for (const shares of [histogram.reference, histogram.production]) {
    expectWithin(
      1e-12,
      shares.reduce((sum, share) => sum + share),
      1,
    );
  }
});

test("a chart shows 30 categories and the rest as one", () => {
  const words = Array.from({ length: 40 }, (_, index) => `word ${index}`);
  const columns = new Map([["word", words]]);
  const { labels, reference: shares } = judgeDrift({ ...defaults, minRows: 1 }, columns, columns).features[0]!
    .histogram;
  expect(labels.at(-1)).toBe("10 others");
  expectWithin(1e-12, shares.at(-1)!, 0.25);
});

test("the same data passes", () => {
  const { verdict, message } = judgeDrift(allMetrics, reference, reference);
  expect({ verdict, message }).toEqual({ verdict: "pass", message: "No drift in 2 columns." });
});

test("too few production values are inconclusive, however far they moved", () => {
  const few = new Map([["size", Array.from({ length: 49 }, () => 100)]]);
  const { verdict, features, message } = judgeDrift(defaults, reference, few);
  expect(verdict).toBe("inconclusive");
  expect(features[0]!.drifted).toBe(true);
  expect(message).toBe("1 column could not be judged: size (49 usable production values where 50 are needed).");
});

test("missing values count in their own column only", () => {
  const withGaps = new Map([
    ["size", inputs.ref.map((value, row) => (row % 2 === 0 ? value : null))],
    ["colour", inputs.catr.map(() => null)],
  ]);
  const { verdict, features, message } = judgeDrift(defaults, reference, withGaps);
  expect(verdict).toBe("inconclusive");
  expect(features.map((drift) => [drift.feature, drift.drifted])).toEqual([["size", false]]);
  expect(message).toContain("No drift in 1 column. 1 column could not be judged: colour (0 usable");
});

test("a column that moved fails although another cannot be judged", () => {
  const { verdict } = judgeDrift({ ...defaults, features: ["colour", "weight"] }, reference, production);
  expect(verdict).toBe("fail");
});

test("a named column must be in both samples", () => {
  const named = (feature: string) => judgeDrift({ ...defaults, features: [feature] }, reference, new Map());
  expect(named("weight").message).toContain("weight (no values in the reference data)");
  expect(named("size").message).toContain("size (0 usable production values where 50 are needed)");
});

test("nothing to compare is inconclusive", () => {
  expect(judgeDrift(defaults, reference, new Map()).verdict).toBe("inconclusive");
  expect(judgeDrift({ ...defaults, numerical: {}, categorical: {} }, reference, production)).toEqual({
    verdict: "inconclusive",
    features: [],
    message: "Nothing to compare: no column in both samples has a threshold.",
  });
});

test("whatever is in the columns, the report can be stored and sent", () => {
  const cell = fc.oneof(fc.double(), fc.integer(), fc.bigInt(), fc.string(), fc.boolean(), fc.constant(null));
  const column = fc.oneof(fc.array(fc.double()), fc.array(fc.integer({ min: 0, max: 3 })), fc.array(cell));
  fc.assert(
    fc.property(column, column, (before, after) => {
      const report = judgeDrift({ ...allMetrics, minRows: 1 }, new Map([["x", before]]), new Map([["x", after]]));
      for (const drift of report.features) {
        expect(featureDriftSchema.parse(drift)).toEqual(drift);
        expect(drift.histogram.reference).toHaveLength(drift.histogram.labels.length);
      }
      expect(report.message).not.toMatch(/NaN|Infinity|undefined/);
    }),
    { numRuns: 2000 },
  );
});
