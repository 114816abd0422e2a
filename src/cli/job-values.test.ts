import { expect, it } from "vitest";
import { definePipeline } from "../authoring/index.ts";
import { withValues } from "./job-values.ts";

const pipeline = definePipeline({
  displayName: "d",
  experiment: "e",
  inputs: {
    ...{ n: "integer", on: "boolean", name: "string", rows: "uri_file" },
    model: { type: "mlflow_model" },
  },
  values: { n: 1 },
  steps: () => ({ steps: {} }),
});
const set = (key: string, text: string) =>
  withValues(pipeline, { [key]: text }, "pipeline.ts").pipeline.values as Record<string, unknown>;

it.each([
  ["n", "3", 3],
  ["on", "True", true],
  ["name", "3", "3"],
  ["rows", "rows.csv", { asset: "local", name: "rows.csv" }],
  [
    "rows",
    "https://example.org/a.csv",
    { asset: "elsewhere", source: { from: "url", url: "https://example.org/a.csv" } },
  ],
  ["rows", "azureml:rides:2", { asset: "data", name: "rides", version: "2" }],
  ["model", "azureml:rides@champion", { asset: "model", name: "rides", label: "champion" }],
])("sets %s to %s", (name, text, value) => {
  expect(set(`inputs.${name}`, text)).toMatchObject({ n: name === "n" ? value : 1, [name]: value });
});

it.each([
  ["inputs.n", "three", "--set inputs.n=three: this is no integer."],
  ["inputs.m", "3", "--set inputs.m: pipeline.ts has no such input."],
  ["settings.force_rerun", "true", "--set settings.force_rerun: pipeline.ts has no such input."],
])("refuses %s=%s", (key, text, message) => {
  expect(() => set(key, text)).toThrow(message);
});
