import { describe, expect, it } from "vitest";
import { csvLine } from "./csv.ts";

describe("CSV", () => {
  it.each([
    ["plain", "plain"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    ["", ""],
    [null, ""],
    [-1.5, "-1.5"],
    [1e-7, "1e-7"],
    ["-0.1", "-0.1"],
    ["+1e5", "+1e5"],
    ["=1+1", "'=1+1"],
    ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ])("writes %j as %j", (value, cell) => {
    expect(csvLine([value, "end"])).toBe(`${cell},end\r\n`);
  });
});
