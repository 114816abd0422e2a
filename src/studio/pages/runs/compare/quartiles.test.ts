import { expect, it } from "vitest";
import { quartiles } from "./quartiles.ts";

it.each([
  [[5], [5, 5, 5, 5, 5]],
  [
    [1, 2],
    [1, 1.25, 1.5, 1.75, 2],
  ],
  [
    [4, 1, 3, 2, 5],
    [1, 2, 3, 4, 5],
  ],
])("knows the quartiles of %j", (values, expected) => {
  expect(quartiles(values)).toEqual(expected);
});
