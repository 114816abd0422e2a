import { describe, expect, it } from "vitest";
import { arrange, layersOf } from "./arrange.ts";

const steps = (count: number, needs: (index: number) => number[]) =>
  Array.from({ length: count }, (_, index) => ({ name: `s${index}`, needs: needs(index).map((need) => `s${need}`) }));
const sizes = (count: number, needs: (index: number) => number[]) => {
  const { cells, width, height } = arrange(steps(count, needs), 1.6);
  expect(new Set(cells.map(({ x, y }) => `${x} ${y}`)).size, "no cell on another").toBe(count);
  return { ratio: width / height, width, height };
};

describe("layersOf", () => {
  it("puts a step behind all that it needs", () => {
    const diamond = steps(4, (index) => [[], [0], [0], [1, 2]][index]!);
    expect(layersOf([...diamond].reverse())).toEqual([["s0"], ["s2", "s1"], ["s3"]]);
  });
  it("leaves out needs that it does not know, and circles", () => {
    const odd = [
      { name: "a", needs: ["environment"] },
      { name: "b", needs: ["c"] },
      { name: "c", needs: ["b"] },
    ];
    expect(layersOf(odd)).toEqual([["a"]]);
  });
});

describe("arrange", () => {
  it("fits a screen whatever the graph is like", () => {
    for (const needs of [
      () => [],
      (index: number) => (index === 0 ? [] : [index - 1]),
      (index: number) => [index >> 3],
    ]) {
      const { ratio } = sizes(2000, (index) => needs(index).filter((need) => need !== index));
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(8);
    }
  });
  it("arranges ten thousand steps at once", () => {
    expect(sizes(10_000, (index) => (index < 100 ? [] : [index - 100])).ratio).toBeGreaterThan(0);
  });
  it("arranges ten thousand that need the same one", () => {
    expect(sizes(10_000, (index) => (index === 0 ? [] : [0])).ratio).toBeGreaterThan(0);
  });
  it("needs no step", () => {
    expect(arrange([], 1.6)).toEqual({ cells: [], width: 0, height: 0 });
  });
});
