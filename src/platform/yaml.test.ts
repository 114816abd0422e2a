import { expect, it } from "vitest";
import { readYaml } from "./yaml.ts";

const many = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, i) => line(i));

it("reads plain data, with aliases", () => {
  expect(readYaml("a: &x [1, 1.0]\nb: *x\nc: |\n  *not an alias\n")).toEqual({
    ...{ a: [1, 1], b: [1, 1], c: "*not an alias\n" },
  });
  expect(readYaml("python: 3.10", { schema: "failsafe" })).toEqual({ python: "3.10" });
});

it.each([
  ["a: 1\nb: { c: 1, c: 2 }", /"c" is there twice/],
  ["a: [", /Flow sequence/],
  ["a: !unknown b", /Unresolved tag/],
  [`a: ${"x".repeat(2_000_000)}`, /more than 2000000 characters/],
  ["[".repeat(100_000), /nested|Maximum call stack/],
  ["a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: &e [*d,*d]\nf: &f [*e,*e]\ng: [*f,*f]", /alias/],
])("does not read text %$", (text, why) => expect(() => readYaml(text)).toThrow(why));

/** Each took from half a minute to minutes, of the one thread that answers all requests. */
it.each([
  ["keys without end", many(30_000, (i) => `key${i}: 1`).join("\n"), undefined],
  ["aliases without end", `a: &a 1\n${many(40_000, (i) => `k${i}: *a`).join("\n")}`, /more than 100 aliases/],
  ["lists without end", `a: [${"[],".repeat(330_000)}]`, /more than 500000 words/],
  ["mistakes without end", "]".repeat(900_000), /more than 500000 words/],
])("takes no longer for %s", (_, text, why) => {
  const before = process.cpuUsage();
  if (why) expect(() => readYaml(text)).toThrow(why);
  else readYaml(text);
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});
