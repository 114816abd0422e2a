import { expect, test } from "vitest";
import { chiSquaredContingency, chiSquaredGoodnessOfFit } from "./chi-squared.ts";
import { chiSquaredSurvival } from "./chi-squared-distribution.ts";
import { jensenShannonDistance } from "./jensen-shannon.ts";
import { populationStabilityIndex } from "./population-stability-index.ts";
import { categories, expected, expectWithin } from "./vectors.fixture.ts";

const tolerance = 1e-11;

test("goodness of fit is scipy's chisquare", () => {
  const { reference, production } = categories;
  const { statistic, pValue } = chiSquaredGoodnessOfFit(reference.slice(0, 4), production.slice(0, 4));
  expectWithin(tolerance, statistic, expected["chisquare_gof_a-d"].stat);
  expectWithin(tolerance, pValue, expected["chisquare_gof_a-d"].p);
});

test("a category that the reference has not makes goodness of fit impossible", () => {
  const { statistic, pValue } = chiSquaredGoodnessOfFit(categories.reference, categories.production);
  expect(statistic).toBe(Number.POSITIVE_INFINITY);
  expect(pValue).toBe(expected.evidently_chisquare_with_new_category.p);
});

test("contingency is scipy's chi2_contingency", () => {
  const { statistic, pValue } = chiSquaredContingency(categories.reference, categories.production);
  expectWithin(tolerance, statistic, expected["chi2_contingency_all(NannyML/Alibi)"].stat);
  expectWithin(tolerance, pValue, expected["chi2_contingency_all(NannyML/Alibi)"].p);
});

test("contingency of two categories has Yates' correction", () => {
  const { statistic, pValue } = chiSquaredContingency([100, 100], [92, 23]);
  expectWithin(tolerance, statistic, 26.36442402488732);
  expectWithin(tolerance, pValue, 2.826998077092792e-7);
});

test("one category in both samples has a p-value of 1", () => {
  expect(chiSquaredGoodnessOfFit([5], [9]).pValue).toBe(1);
  expect(chiSquaredContingency([5, 0], [9, 0]).pValue).toBe(1);
});

test.each([
  [0.001, 1, 0.9747728793699604],
  [0.5, 1, 0.47950012218695337],
  [3.9, 1, 0.048286107676681664],
  [4.1, 1, 0.042883213527400064],
  [30, 1, 4.3204630578274955e-8],
  [400, 1, 5.507248237212379e-89],
  [0.001, 2, 0.9995001249791693],
  [5, 2, 0.0820849986238988],
  [700, 2, 9.929590396265143e-153],
  [5, 3, 0.1717971442967335],
  [5, 4, 0.2872974951836458],
  [60, 7, 1.5095553022989154e-10],
  [1000, 999, 0.48513148927490146],
  [1200, 1000, 1.2255942330622893e-5],
  [2500, 2001, 1.2032457143002492e-13],
  [9, 10, 0.5321035763747151],
])("P(X ≥ %d) with %d degrees of freedom is scipy's chi2.sf", (statistic, degrees, probability) => {
  expectWithin(tolerance, chiSquaredSurvival(statistic, degrees), probability);
});

const even = [100, 100, 100, 100, 100, 100, 100, 100];

test.each<[string, number[], number[], number, number, number]>([
  ["1a", [97, 105, 99, 98, 101, 102, 97, 103], [97, 105, 99, 98, 101, 102, 97, 103], 0.0, 0.0, 1.0],
  ["1b", even, [97, 105, 99, 98, 101, 102, 97, 103], 0.011722525452285318, 0.0007470925955425945, 0.9989159185649997],
  ["1c", even, [10, 11, 9, 10, 10, 10, 13, 10], 0.04401670889951436, 0.00899432974718458, 0.9955689453052866],
  ["1d", even, [180, 80, 70, 170, 200, 10, 130, 100], 0.2573232411151281, 0.4087537281594579, 7.08148298893791e-50],
  ["1e", even, [100, 100, 100, 100, 100, 100, 100, 1], 0.2460025676379671, 0.47918327257456816, 2.9684265094681325e-18],
  ["1f", even, [100, 100, 100, 0, 0, 100, 100, 1], 0.46074597126444367, 1.6104822231487304, 2.1519581650426477e-60],
  [
    "1g",
    [100, 100, 100, 100, 100, 100, 100, 100, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2],
    1.0,
    2.538148648020479,
    0.0,
  ],
  ["2a", [100, 100], [100, 100], 0.0, 0.0, 1.0],
  ["2b", [100, 100], [34, 34], 0.0, 0.0, 1.0],
  ["2c", [100, 100], [92, 23], 0.27037752852596664, 0.3994173108272069, 1.2405738707147443e-10],
  ["2d", [100, 100, 0, 0], [0, 0, 100, 100], 1.0, 9.049255915375019, 0.0],
])("Azure ML's own test case %s: distance, index, p-value", (_, reference, production, distance, index, pValue) => {
  expectWithin(1e-9, jensenShannonDistance(reference, production), distance);
  expectWithin(1e-9, populationStabilityIndex(reference, production), index);
  expectWithin(1e-9, chiSquaredGoodnessOfFit(reference, production).pValue, pValue);
});
