import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const page = new URL("../../docs/security.md", import.meta.url);

it("lists attacks with tests that are there", () => {
  const rows = readFileSync(fileURLToPath(page), "utf8").matchAll(/\]\((\.\.\/(?:test|src)\/[^)]+)\): "([^"]+)" \|$/gm);
  const named = [...rows].map(([, file, title]) => ({ file: file!, title: title! }));
  expect(named.length).toBeGreaterThan(35);
  for (const { file, title } of named) {
    const test = readFileSync(fileURLToPath(new URL(file, page)), "utf8");
    const titles = [...test.matchAll(/\(\s*"([^"]+)",\s*(?:\{|async|\()/g)].map(([, one]) => one!);
    expect(
      titles.some((one) => one.includes(title)),
      `${file}: ${title}`,
    ).toBe(true);
  }
});
