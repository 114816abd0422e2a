import { describe, expect, it } from "vitest";
import { smooth } from "./smooth.ts";

describe("smoothing", () => {
  it("leaves a constant as it is, from its first point on", () => {
    for (const value of smooth([3, 3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12);
  });
  it("is the weighted mean of what came before", () => {
    const [first, second, third] = smooth([1, 2, 4], 0.5);
    expect(first).toBeCloseTo(1, 12);
    expect(second).toBeCloseTo((0.25 * 1 + 0.5 * 2) / 0.75, 12);
    expect(third).toBeCloseTo((0.125 * 1 + 0.25 * 2 + 0.5 * 4) / 0.875, 12);
  });
  it("skips what is no number", () => {
    expect(smooth([1, null, 1], 0.9)).toEqual([1, null, expect.closeTo(1, 12)]);
  });
  it("does nothing without a weight", () => {
    expect(smooth([1, 5], 0)).toEqual([1, 5]);
  });
});
