import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evenly, probe } from "./steps.ts";

/** Steps in heaps, or with even gaps, or anywhere. */
const someSteps = fc
  .tuple(
    fc.array(fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), {
      minLength: 1,
      maxLength: 8,
    }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 1000 }),
  )
  .map(([heaps, length, gap]) => {
    const all = heaps.flatMap((first) => Array.from({ length }, (_, index) => first + index * gap));
    return [...new Set(all.filter(Number.isSafeInteger))].sort((a, b) => a - b);
  });

const following = (steps: number[]) => async (numbers: number[]) =>
  numbers.map((number) => steps.find((step) => step >= number) ?? null);

const wholeOf = (steps: number[]) => ({ first: steps[0]!, last: steps.at(-1)! });

describe("choosing steps", () => {
  it("takes all when they are few, and else as many as asked for and the last, by their position", () => {
    expect(evenly([1, 5, 9], 3)).toEqual([1, 5, 9]);
    expect(evenly([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5)).toEqual([0, 2, 4, 6, 8, 9]);
    expect(evenly([0, 1, 2, 3, 100, 101, 102], 3)).toEqual([0, 2, 100, 102]);
  });

  it("probes steps without gaps to the same choice", async () => {
    const steps = Array.from({ length: 1000 }, (_, step) => step);
    const probed = await probe(wholeOf(steps), 30, following(steps));
    expect([...probed, 999]).toEqual(evenly(steps, 30));
  });

  it("probes to steps that are there, each once, at least half of what was asked for and not more", async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, fc.integer({ min: 1, max: 40 }), async (steps, most) => {
        const probed = await probe(wholeOf(steps), most, following(steps));
        expect(new Set(probed).size).toBe(probed.length);
        expect(probed.every((step) => steps.includes(step))).toBe(true);
        expect(probed.length).toBeLessThanOrEqual(most);
        expect(probed.length).toBeGreaterThanOrEqual(Math.min(steps.length, most) / 2);
        expect(probed).toContain(steps[0]);
      }),
    );
  });
});
