import { describe, expect, it } from "vitest";
import { conditionText, holds } from "./condition.ts";

describe("a condition", () => {
  it.each([
    [0.91, ">=", 0.9, true],
    [0.9, ">", 0.9, false],
    ["10", ">", 9, true],
    ["1.0", "==", 1, true],
    ["blue", "==", "blue", true],
    ["blue", "!=", "blue", false],
    ["True", "==", true, true],
    [false, "!=", true, true],
    ["b", "<", "c", true],
    [2, "<=", 2, true],
  ] as const)("%j %s %j is %j", (left, operator, right, expected) => {
    expect(holds(left, operator, right)).toBe(expected);
  });

  it.each([
    ["much", ">", 1, /compares "much" with the number 1/],
    ["", "<", 1, /compares "" with the number 1/],
    [true, "==", 1, /compares true with the number 1/],
    ["maybe", "==", true, /compares "maybe" with true/],
    [true, "<", true, /cannot ask for < true/],
  ] as const)("%j %s %j is refused", (left, operator, right, message) => {
    expect(() => holds(left, operator, right)).toThrow(message);
  });

  it("reads as a person would write it", () => {
    const left = { from: "step", step: "evaluate", output: "metrics" } as const;
    expect(conditionText({ left, field: ["accuracy"], operator: ">=", right: 0.9 })).toBe(
      "evaluate.metrics.accuracy >= 0.9",
    );
    const input = { from: "input", input: "region" } as const;
    expect(conditionText({ left: input, field: [], operator: "==", right: "eu" })).toBe('inputs.region == "eu"');
  });
});
