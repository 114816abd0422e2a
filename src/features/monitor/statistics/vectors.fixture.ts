import { expect } from "vitest";
import vectors from "../../../../test/vectors/drift.json" with { type: "json" };

/** Samples, and what scipy and numpy make of them by the formulas of Evidently, Azure ML, NannyML, Deequ and TFDV. */
export const { inputs, expected } = vectors;

export const { ref: reference, cur: production } = inputs;

/** Category counts of both samples over a, b, c, d, e (only in the reference) and f (only in production). */
export const categories = {
  reference: [...Object.values(inputs.catr_counts), 0],
  production: [55, 63, 58, 51, 0, 73],
};

/** Expects `actual` to differ from `value` by at most this part of it (by this much, for 0). */
export function expectWithin(tolerance: number, actual: number, value: number): void {
  expect(Math.abs(actual - value), `${actual}, expected ${value}`).toBeLessThanOrEqual(
    tolerance * (Math.abs(value) || 1),
  );
}
