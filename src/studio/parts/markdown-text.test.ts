import { expect, it } from "vitest";
import { blocksOf, spansOf } from "./markdown-text.ts";

it("finds blocks", () => {
  expect(blocksOf("# Use\nFor offers\nonly.\n\n- one\n  more\n* two\n1. first\n\n```\na - b\n```\n```\nopen")).toEqual([
    { kind: "heading", text: "Use" },
    { kind: "paragraph", text: "For offers only." },
    { kind: "list", ordered: false, items: ["one more", "two"] },
    { kind: "list", ordered: true, items: ["first"] },
    { kind: "code", text: "a - b" },
    { kind: "code", text: "open" },
  ]);
});

it("finds emphasis, code and links, and leaves the rest", () => {
  expect(spansOf("a *b* **c** `*d*` [e](https://x.example/f) 2 * 3 * 4")).toEqual([
    { kind: "text", text: "a " },
    { kind: "emphasis", text: "b" },
    { kind: "text", text: " " },
    { kind: "strong", text: "c" },
    { kind: "text", text: " " },
    { kind: "code", text: "*d*" },
    { kind: "text", text: " " },
    { kind: "link", text: "e", url: "https://x.example/f" },
    { kind: "text", text: " 2 * 3 * 4" },
  ]);
});

it.each(["[a](javascript:alert(1))", "[a](data:text/html,x)", "<script>alert(1)</script>"])(
  "makes no link of %s",
  (text) => {
    expect(spansOf(text).every((span) => span.kind === "text")).toBe(true);
  },
);
