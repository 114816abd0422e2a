import { describe, expect, it } from "vitest";
import type { Span } from "./trace.ts";
import { extentOf, treeOf } from "./trace-tree.ts";

const span = (id: string, parentId: string | null, startUs = 0, endUs: number | null = startUs + 1): Span => ({
  id,
  parentId,
  name: id,
  type: "",
  state: "OK",
  message: "",
  startUs,
  endUs,
  inputs: null,
  outputs: null,
  attributes: {},
  events: [],
});
const shown = (spans: Span[]) => treeOf(spans).map((row) => `${"·".repeat(row.depth)}${row.span.id}`);

describe("the tree of spans", () => {
  it("puts children below their parents, in the order of time", () => {
    const spans = [span("late", "root", 5), span("leaf", "early", 3), span("early", "root", 2), span("root", null)];
    expect(shown(spans)).toEqual(["root", "·early", "··leaf", "·late"]);
    expect(treeOf(spans).map((row) => row.goesOn)).toEqual([
      [false],
      [false, true],
      [false, true, false],
      [false, false],
    ]);
  });

  it("shows every span once, whatever their parents are", () => {
    expect(shown([span("orphan", "gone"), span("self", "self", 1)])).toEqual(["orphan", "self"]);
    expect(shown([span("a", "b"), span("b", "a")])).toEqual(["a", "·b"]);
    expect(treeOf([])).toEqual([]);
  });

  it("takes a trace as deep as it comes", () => {
    const deep = Array.from({ length: 3000 }, (_, index) => span(String(index), index ? String(index - 1) : null));
    expect(treeOf(deep).at(-1)!.depth).toBe(2999);
  });

  it("knows when the trace began and ended", () => {
    expect(extentOf([span("a", null, 5, 9), span("b", "a", 7, null), span("c", "a", 6, 12)])).toEqual({
      from: 5,
      until: 12,
    });
    expect(extentOf([])).toEqual({ from: 0, until: 0 });
  });
});
