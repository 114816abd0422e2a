import { describe, expect, it } from "vitest";
import { isProtected } from "./protect.ts";

describe("protected aliases", () => {
  it.each([
    ["champion", "champion", true],
    ["champion", "Champion", true],
    ["champion", "champion-eu", false],
    ["champion", "a-champion", false],
    ["production*", "production", true],
    ["production*", "production-eu", true],
    ["production*", "preproduction", false],
    ["*-live", "eu-live", true],
    ["*-live", "eu-live-2", false],
    ["prod*eu*1", "prod-eu-west-1", true],
    ["prod*eu*1", "prod-us-west-1", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["*", "anything", true],
    ["a.c", "abc", false],
  ])("%s covers %s: %s", (pattern, alias, covered) => {
    expect(isProtected({ protectedAliases: [pattern] }, alias)).toBe(covered);
  });

  it("protects nothing without a pattern", () => {
    expect(isProtected({ protectedAliases: [] }, "champion")).toBe(false);
  });
});
