import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { translate } from "./testing.ts";

const root = join(import.meta.dirname, "../../../examples/diabetes");
const paths = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ya?ml|py)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
const contents = Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));

it.each(paths.filter((path) => /^pipelines\/[^/]+\.yml$/.test(path)))("%s of the example translates", async (file) => {
  const { definition, issues } = await translate(contents, {}, file);
  expect(issues).toEqual([]);
  expect(Object.keys(definition!.steps).length).toBeGreaterThan(0);
});
