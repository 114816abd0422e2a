import { describe, expect, it } from "vitest";
import { findCycle } from "./cycle.ts";

describe("findCycle", () => {
  it.each<[string, Record<string, string[]>, string[] | undefined]>([
    ["none in nothing", {}, undefined],
    ["none in a diamond", { a: [], b: ["a"], c: ["a"], d: ["b", "c"] }, undefined],
    ["itself", { a: ["a"] }, ["a", "a"]],
    ["two", { a: ["b"], b: ["a"] }, ["a", "b", "a"]],
    ["one behind a tail", { tail: ["a"], a: ["b"], b: ["c"], c: ["a"] }, ["a", "b", "c", "a"]],
    ["none in what needs something unknown", { a: ["nobody"] }, undefined],
  ])("finds %s", (_, graph, cycle) => {
    expect(findCycle(Object.entries(graph).map(([name, needs]) => ({ name, needs })))).toEqual(cycle);
  });

  it("goes down a chain longer than the call stack", () => {
    const chain = Array.from({ length: 50_000 }, (_, index) => ({ name: `${index}`, needs: [`${index + 1}`] }));
    expect(findCycle(chain)).toBeUndefined();
    chain.push({ name: "50000", needs: ["0"] });
    expect(findCycle(chain)).toHaveLength(50_002);
  });
});
