import { describe, expect, it } from "vitest";
import { lineDiff } from "./line-diff.ts";

const shown = (left: string, right: string) =>
  lineDiff(left, right)!.map((line) => `${line.kind} ${line.left ?? "·"}|${line.right ?? "·"}`);

describe("a diff of lines", () => {
  it.each([
    ["a\nb", "a\nb", ["same a|a", "same b|b"]],
    ["a\nb\nc", "a\nc", ["same a|a", "left b|·", "same c|c"]],
    ["a\nc", "a\nb\nc", ["same a|a", "right ·|b", "same c|c"]],
    ["a\nx\nc", "a\ny\nc", ["same a|a", "changed x|y", "same c|c"]],
    ["", "a", ["changed |a"]],
    ["a\nb\na", "a", ["same a|a", "left b|·", "left a|·"]],
  ])("of %j and %j", (left, right, expected) => {
    expect(shown(left, right)).toEqual(expected);
  });

  it("gives both texts back", () => {
    const left = Array.from({ length: 60 }, (_, index) => String((index * 7) % 11));
    const right = Array.from({ length: 50 }, (_, index) => String((index * 5) % 13));
    const lines = lineDiff(left.join("\n"), right.join("\n"))!;
    expect(lines.flatMap((line) => line.left ?? [])).toEqual(left);
    expect(lines.flatMap((line) => line.right ?? [])).toEqual(right);
  });

  it("does not try what would take too long", () => {
    const text = (sign: string) => Array.from({ length: 3000 }, (_, index) => `${sign}${index}`).join("\n");
    expect(lineDiff(text("a"), text("b"))).toBeNull();
  });
});
