import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Distribution, type EarlyTermination, type Sweep, sweepSchema } from "../../contract/sweep.ts";
import { chance } from "./chance.ts";
import { valueAt } from "./distribution.ts";
import {
  checkSweep,
  importanceOf,
  judgedAt,
  marksOf,
  type Reports,
  type Tried,
  toTerminate,
  trialCount,
  trialOf,
} from "./index.ts";
import { normalQuantile } from "./normal.ts";
import { sobolPoint } from "./sobol.ts";

const sweep = (searchSpace: Record<string, Distribution>, more: object = {}): Sweep =>
  sweepSchema.parse({ searchSpace, objective: { goal: "minimize", primaryMetric: "loss" }, ...more });

describe("the normal quantile", () => {
  // scipy.stats.norm.ppf of scipy 1.16
  it.each([
    [1e-9, -5.9978070150076865],
    [0.001, -3.090232306167813],
    [0.02, -2.053748910631823],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.9999, 3.719016485455709],
  ])("of %f", (p, z) => expect(normalQuantile(p)).toBeCloseTo(z, 7));
});

describe("the Sobol sequence", () => {
  // scipy.stats.qmc.Sobol(d=21, scramble=False)
  it("is that of Joe and Kuo in all its dimensions", () => {
    expect(sobolPoint(0, 21)).toEqual(new Array(21).fill(0));
    expect(sobolPoint(5, 21)).toEqual([
      0.875, 0.875, 0.125, 0.375, 0.875, 0.625, 0.875, 0.375, 0.375, 0.125, 0.375, 0.875, 0.875, 0.125, 0.875, 0.375,
      0.875, 0.375, 0.375, 0.625, 0.625,
    ]);
    expect(sobolPoint(1000, 21)).toEqual([
      0.2197265625, 0.0966796875, 0.5185546875, 0.6767578125, 0.2802734375, 0.9072265625, 0.0458984375, 0.8994140625,
      0.5009765625, 0.0693359375, 0.0849609375, 0.2548828125, 0.1611328125, 0.3837890625, 0.1435546875, 0.3701171875,
      0.7197265625, 0.3447265625, 0.9912109375, 0.7255859375, 0.5224609375,
    ]);
  });
});

describe("the value of a parameter", () => {
  const u = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it("lies within its bounds", () => {
    fc.assert(
      fc.property(u, (at) => {
        expect(valueAt({ type: "uniform", min: -2, max: 3 }, at)).toSatisfy((x: number) => x >= -2 && x <= 3);
        expect(valueAt({ type: "loguniform", min: -6, max: -1 }, at)).toSatisfy(
          (x: number) => x >= Math.exp(-6) * (1 - 1e-12) && x <= Math.exp(-1),
        );
        expect(valueAt({ type: "randint", upper: 4 }, at)).toSatisfy((x: number) => [0, 1, 2, 3].includes(x));
        expect(Number.isFinite(valueAt({ type: "lognormal", mu: 0, sigma: 1 }, at))).toBe(true);
      }),
    );
  });

  it("is a multiple of q without stray digits", () => {
    expect(valueAt({ type: "quniform", min: 0, max: 1, q: 0.1 }, 0.29)).toBe(0.3);
    expect(valueAt({ type: "qloguniform", min: 0, max: 5, q: 5 }, 0.9)).toBe(90);
    expect(valueAt({ type: "qnormal", mu: 10, sigma: 3, q: 2 }, 0.5)).toBe(10);
  });

  it("takes bounds of a log scale as exponents of the base that is given", () => {
    expect(valueAt({ type: "loguniform", min: -4, max: -2 }, 0.5, 10)).toBeCloseTo(1e-3, 12);
  });
});

describe("a grid of more than can be tried", () => {
  const big = (upper: number, more: Record<string, Distribution> = {}) =>
    sweep({ a: { type: "randint", upper }, ...more }, { sampling: { type: "grid" } });

  it("is counted without being made, and refused", () => {
    const million: Distribution = { type: "randint", upper: 1_000_000 };
    const fine: Distribution = { type: "quniform", min: 0, max: 1, q: 1e-9 };
    expect(checkSweep(big(1_000_000, { b: million }))).toEqual([
      {
        at: "searchSpace",
        message:
          "the grid has 1,000,000,000,000 combinations, and a sweep runs at most 10,000 trials; take fewer values, or sample at random",
      },
    ]);
    expect(checkSweep(big(1_000_000, { b: million, c: fine }))[0]!.message).toMatch(/more than 1,000,000,000,000,000/);
    expect(checkSweep(big(10_000))).toEqual([]);
    expect(checkSweep(big(10_001))).toHaveLength(1);
  });

  it("does not matter to what samples at random", () => {
    const random = sweep({ a: { type: "randint", upper: 1e12 } }, { sampling: { type: "bayesian" } });
    expect(checkSweep(random)).toEqual([]);
    expect(trialOf(random, 0, "s", [])!.values.a).toBeLessThan(1e12);
  });

  it("gives the values of one that can", () => {
    const one = sweep({ a: { type: "quniform", min: 0.25, max: 0.4, q: 0.1 } }, { sampling: { type: "grid" } });
    expect([0, 1].map((number) => trialOf(one, number, "s", [])?.values)).toEqual([{ a: 0.3 }, { a: 0.4 }]);
    expect(trialOf(one, 2, "s", [])).toBeUndefined();
  });
});

describe("a grid", () => {
  const grid = sweep(
    {
      a: { type: "choice", values: [1, 2] },
      b: { type: "choice", values: ["x", "y", "z"] },
    },
    { sampling: { type: "grid" } },
  );

  it("has each combination once, the last parameter fastest", () => {
    const all = [0, 1, 2, 3, 4, 5].map((number) => trialOf(grid, number, "s", [])!.values);
    expect(all.slice(0, 4)).toEqual([
      { a: 1, b: "x" },
      { a: 1, b: "y" },
      { a: 1, b: "z" },
      { a: 2, b: "x" },
    ]);
    expect(new Set(all.map((values) => JSON.stringify(values))).size).toBe(6);
    expect(trialOf(grid, 6, "s", [])).toBeUndefined();
    expect(trialCount(grid)).toBe(6);
  });

  it("ends at the limit of trials", () => {
    expect(trialOf({ ...grid, limits: { ...grid.limits, maxTotalTrials: 4 } }, 4, "s", [])).toBeUndefined();
  });

  it("is refused over parameters without countable values", () => {
    const wrong = sweep({ lr: { type: "uniform", min: 0, max: 1 } }, { sampling: { type: "grid" } });
    expect(checkSweep(wrong)).toEqual([
      { at: "searchSpace.lr", message: "a grid needs values that can be counted; uniform has none" },
    ]);
  });
});

describe("random sampling", () => {
  const space: Record<string, Distribution> = {
    lr: { type: "loguniform", min: -6, max: 0 },
    depth: { type: "randint", upper: 8 },
  };

  it("draws the same for the same seed and trial, and otherwise different", () => {
    const one = sweep(space, { sampling: { type: "random", seed: 7 } });
    expect(trialOf(one, 3, "any", [])).toEqual(trialOf(one, 3, "other", []));
    expect(trialOf(one, 3, "any", [])).not.toEqual(trialOf(one, 4, "any", []));
    expect(trialOf(sweep(space), 3, "a", [])).not.toEqual(trialOf(sweep(space), 3, "b", []));
  });

  it("fills the space evenly by Sobol's rule", () => {
    const even = sweep({ x: { type: "uniform", min: 0, max: 1 } }, { sampling: { type: "random", rule: "sobol" } });
    const bins = new Set(
      Array.from({ length: 64 }, (_, number) => Math.floor((trialOf(even, number, "s", [])!.values.x as number) * 32)),
    );
    expect(bins.size).toBe(32);
  });
});

describe("Bayesian sampling", () => {
  const space: Record<string, Distribution> = {
    x: { type: "uniform", min: -5, max: 5 },
    lr: { type: "loguniform", min: -10, max: 0 },
    kind: { type: "choice", values: ["a", "b", "c", "d"] },
  };
  const loss = ({ x, lr, kind }: Record<string, unknown>): number =>
    ((x as number) - 2) ** 2 + (Math.log(lr as number) + 4) ** 2 + (kind === "c" ? 0 : 3);

  const bestOf = (type: string, seed: number): number => {
    const one = sweep(space, { sampling: { type, seed } });
    const tried: Tried[] = [];
    let best = Number.POSITIVE_INFINITY;
    for (let number = 0; number < 60; number++) {
      const trial = trialOf(one, number, "s", tried)!;
      const metric = loss(trial.values);
      best = Math.min(best, metric);
      tried.push({ point: trial.point, metric, ended: true });
    }
    return best;
  };

  it("finds better values than chance does in as many trials", () => {
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const wins = seeds.filter((seed) => bestOf("bayesian", seed) < bestOf("random", seed)).length;
    expect(wins).toBeGreaterThanOrEqual(9);
  });

  it("chooses again what it chose, given the same trials before", () => {
    const one = sweep(space, { sampling: { type: "bayesian", seed: 1 } });
    const tried: Tried[] = Array.from({ length: 20 }, (_, number) => ({
      point: { x: chance(number), lr: chance(number, "l"), kind: chance(number, "k") },
      metric: number < 15 ? chance(number, "m") : null,
      ended: number < 15,
    }));
    expect(trialOf(one, 20, "s", tried)).toEqual(trialOf(one, 20, "s", tried));
  });
});

describe("early termination", () => {
  const reports = (...values: number[][]): Reports[] =>
    values.map((own, number) => ({ number, values: own, ended: false }));
  /** Of those that have ended only the marks are known. */
  const stopped = (policy: EarlyTermination, goal: "minimize" | "maximize", trials: Reports[]) => {
    const [running, ended] = [false, true].map((ended) => trials.filter((trial) => trial.ended === ended));
    const marks = ended!.flatMap((trial) => marksOf(policy, goal, trial));
    return [...toTerminate(policy, goal, running!, marks).keys()];
  };
  const common = { evaluationInterval: 1, delayEvaluation: 0 };

  it("by bandit ends what falls out of the slack at the same report", () => {
    const policy: EarlyTermination = { type: "bandit", ...common, slackFactor: 0.2 };
    // 0.8 / 1.2 = 0.667
    expect(stopped(policy, "maximize", reports([0.8], [0.66], [0.67]))).toEqual([1]);
    // Smaller is better: 0.5 × 1.2 = 0.6
    expect(stopped(policy, "minimize", reports([0.5], [0.61], [0.59]))).toEqual([1]);
    const amount: EarlyTermination = { type: "bandit", ...common, slackAmount: 0.1 };
    expect(stopped(amount, "maximize", reports([0.8], [0.69], [0.71]))).toEqual([1]);
  });

  it("waits for the delay and looks at the interval only", () => {
    const policy: EarlyTermination = { type: "bandit", evaluationInterval: 2, delayEvaluation: 3, slackAmount: 0 };
    expect(stopped(policy, "maximize", reports([9, 9, 9], [1, 1, 1]))).toEqual([]);
    expect(stopped(policy, "maximize", reports([9, 9, 9, 9], [1, 1, 1, 1]))).toEqual([1]);
  });

  it("by median ends what is behind the median of the others' averages", () => {
    const policy: EarlyTermination = { type: "median_stopping", ...common };
    expect(stopped(policy, "maximize", reports([5, 7], [6, 6], [1, 2], [7, 9]))).toEqual([2]);
  });

  it("compares with trials that have ended where it judges, with those that came so far", () => {
    const policy: EarlyTermination = { type: "median_stopping", evaluationInterval: 2, delayEvaluation: 3 };
    const one = { number: 0, values: [5, 7, 6, 10, 20], ended: true };
    expect(marksOf(policy, "maximize", one)).toEqual([{ number: 0, at: 4, best: 10, mean: 7 }]);
    expect(marksOf(policy, "minimize", one)).toEqual([{ number: 0, at: 4, best: -5, mean: -7 }]);
    expect([3, 4, 5, 6].map((reports) => judgedAt(policy, reports))).toEqual([[], [4], [4], [6]]);
    const trials = [one, { number: 1, values: [1, 1, 1, 6], ended: false }, { number: 2, values: [9], ended: false }];
    expect(stopped(policy, "maximize", trials)).toEqual([1]);
    expect(judgedAt({ type: "asha", minReports: 2, reductionFactor: 3 }, 20)).toEqual([2, 6, 18]);
  });

  it("compares at each of a hundred intervals, and after two per cent more beyond", () => {
    const policy: EarlyTermination = { type: "median_stopping", evaluationInterval: 10, delayEvaluation: 0 };
    const values = Array.from({ length: 10_000 }, (_, index) => index);
    const places = marksOf(policy, "maximize", { number: 0, values }).map(({ at }) => at);
    expect(places.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => 10 * (index + 1)));
    expect(places.slice(100, 103)).toEqual([1020, 1040, 1060]);
    for (const [index, at] of places.slice(1).entries()) expect(at).toBeLessThanOrEqual(places[index]! * 1.02 + 10);
    expect(judgedAt(policy, 1039)).toEqual([1020]);
    const often = marksOf({ ...policy, evaluationInterval: 1 }, "maximize", { number: 0, values });
    expect(often).toHaveLength(345);
  });

  it("by truncation ends the lowest part of those that run", () => {
    const policy: EarlyTermination = {
      ...{ type: "truncation_selection", ...common, truncationPercentage: 50, excludeFinishedJobs: true },
    };
    expect(stopped(policy, "maximize", reports([4], [3], [2], [1]))).toEqual([2, 3]);
    const ended = reports([4], [3], [2], [1]).map((trial) => ({ ...trial, ended: trial.number < 2 }));
    expect(stopped(policy, "maximize", ended)).toEqual([3]);
  });

  it("by successive halving lets the best of each rung go on", () => {
    const policy: EarlyTermination = { type: "asha", minReports: 1, reductionFactor: 2 };
    expect(stopped(policy, "maximize", reports([4], [3], [2], [1]))).toEqual([2, 3]);
    expect(stopped(policy, "maximize", reports([4, 6], [5, 1], [2], [1]))).toEqual([1, 2, 3]);
    expect(stopped(policy, "maximize", reports([4]))).toEqual([]);
  });

  it("never ends the best trial, and never an ended one", () => {
    const policies: EarlyTermination[] = [
      { type: "bandit", ...common, slackFactor: 0 },
      { type: "median_stopping", ...common },
      { type: "truncation_selection", ...common, truncationPercentage: 90, excludeFinishedJobs: true },
      { type: "asha", minReports: 1, reductionFactor: 3 },
    ];
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 1 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 2, maxLength: 30 }), fc.constantFrom(...policies), (all, policy) => {
        const trials = reports(...all).map((trial) => ({ ...trial, ended: trial.number % 5 === 4 }));
        const best = Math.max(...all.flat());
        for (const number of stopped(policy, "maximize", trials)) {
          expect(trials[number]!.ended).toBe(false);
          expect(all.flat().filter((value) => value === best).length === 1 && all[number]![0] === best).toBe(false);
        }
      }),
    );
  });
});

describe("importance", () => {
  it("is the share of the variance that a parameter explains", () => {
    const results = Array.from({ length: 200 }, (_, number) => {
      const values = { strong: chance(number, "a"), weak: chance(number, "b"), none: chance(number, "c") };
      return { values, metric: 10 * values.strong + values.weak };
    });
    const found = importanceOf(results);
    expect(found.strong).toBeGreaterThan(0.9);
    expect(found.weak).toBeLessThan(0.1);
    expect(found.none).toBeLessThan(0.1);
  });

  it("sees values without an order, and says nothing of too few trials", () => {
    const results = Array.from({ length: 40 }, (_, number) => ({
      values: { kind: ["a", "b"][number % 2]! },
      metric: (number % 2) * 5 + chance(number),
    }));
    expect(importanceOf(results).kind).toBeGreaterThan(0.9);
    expect(importanceOf(results.slice(0, 5))).toEqual({});
  });
});
