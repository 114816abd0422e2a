import { expect, test } from "vitest";
import { categoricalValues, columnType, numericalValues } from "./column.ts";

const manyRows = Array.from({ length: 100 }, (_, index) => index);

test.each([
  ["fractions", [1.5, 1.5, null], "numerical"],
  ["whole numbers that differ", manyRows, "numerical"],
  ["whole numbers of which fewer than 5 % differ", manyRows.map((index) => index % 4), "categorical"],
  ["whole numbers of which 5 % differ", manyRows.map((index) => index % 5), "numerical"],
  ["whole numbers from a database", [1n, 2n], "numerical"],
  ["text", ["1", "2"], "categorical"],
  ["truth values", [true, false], "categorical"],
  ["numbers and text", [1.5, "unknown"], "categorical"],
  ["nothing", [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1e300], undefined],
])("%s", (_, cells, type) => {
  expect(columnType(cells)).toBe(type);
});

test("what is missing is left out", () => {
  const cells = [1.5, null, undefined, Number.NaN, Number.NEGATIVE_INFINITY, 2n, "3", true];
  expect(numericalValues(cells)).toEqual([1.5, 2]);
  expect(categoricalValues(cells)).toEqual(["1.5", "2", "3", "true"]);
});
