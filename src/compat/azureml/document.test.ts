import { expect, it } from "vitest";
import { type Node, parseYaml, plain } from "./document.ts";
import { Issues } from "./issues.ts";

const read = (text: string): unknown => plain(parseYaml(text, "f.yml", new Issues()) as Node);

it("takes an alias for the anchor before it, also where what it stands for is said again", () => {
  const text = ["a: &x one", "b: &y [*x]", "c: &x two", "d: [*x, *y]", "e: &z { k: &x three }", "f: *z", "g: *x"];
  expect(read(text.join("\n"))).toEqual({
    ...{ a: "one", b: ["one"], c: "two", d: ["two", ["one"]] },
    ...{ e: { k: "three" }, f: { k: "three" }, g: "three" },
  });
  expect(read("&k key: 1\nother: *k")).toEqual({ key: 1, other: "key" });
  expect(read("a: &x { k: &y 1 }\nb: &y 2\nc: *x\nd: *y")).toMatchObject({ d: 2 });
});

it("takes no longer for thousands of anchors", () => {
  const before = process.cpuUsage();
  const anchors = Array.from({ length: 10_000 }, (_, i) => `a${i}: &x${i} ${i}\nb${i}: *x${i}`);
  expect(Object.keys(read(anchors.join("\n")) as object)).toHaveLength(20_000);
  // It took minutes.
  expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
});
