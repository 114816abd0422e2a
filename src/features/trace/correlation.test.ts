import { describe, expect, it } from "vitest";
import { npmi, smoothing } from "./correlation.ts";

describe("how often two conditions hold together", () => {
  it.each([
    ["never", { both: 0, first: 4, second: 5, all: 20 }, -1],
    ["as often as by chance", { both: 2, first: 4, second: 10, all: 20 }, 0],
    ["always", { both: 5, first: 5, second: 5, all: 20 }, 1],
    ["in every trace", { both: 5, first: 5, second: 5, all: 5 }, 1],
  ])("%s", (_, counts, expected) => {
    expect(npmi(counts)).toBeCloseTo(expected, 10);
  });

  it("cannot be said of what never holds, or of counts that contradict each other", () => {
    expect(npmi({ both: 0, first: 0, second: 5, all: 20 })).toBeNaN();
    expect(npmi({ both: 0, first: 0, second: 0, all: 0 })).toBeNaN();
    expect(npmi({ both: 6, first: 5, second: 7, all: 20 })).toBeNaN();
  });

  it("keeps away from the extremes when smoothed", () => {
    const never = npmi({ both: 0, first: 4, second: 5, all: 20 }, smoothing);
    expect(never).toBeGreaterThan(-1);
    expect(never).toBeLessThan(0);
    // MLflow's formula by hand: ln(0.5·22 / (5·6)) / -ln(0.5 / 22)
    expect(never).toBeCloseTo(Math.log(11 / 30) / -Math.log(0.5 / 22), 10);
  });
});
