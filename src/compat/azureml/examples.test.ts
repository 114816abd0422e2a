import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { translate } from "./testing.ts";

const root = join(import.meta.dirname, "../../../examples");
const paths = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ya?ml|py|csv)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
const contents = Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
const pipelines = paths.filter((path) => /\/(pipelines\/[^/]+|pipeline)\.yml$/.test(path));

it("the examples have pipelines", () => {
  expect(pipelines).toEqual(expect.arrayContaining(["cross-validation/pipeline.yml", "diabetes/pipelines/train.yml"]));
});

it.each(pipelines)("%s of the examples translates", async (file) => {
  const { definition, issues } = await translate(contents, {}, file);
  expect(issues).toEqual([]);
  expect(Object.keys(definition!.steps).length).toBeGreaterThan(0);
});
