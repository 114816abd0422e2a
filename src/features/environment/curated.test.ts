import { expect, it } from "vitest";
import { parse } from "yaml";
import { findCurated } from "./curated.ts";

it.each([
  ["sklearn-1.5", "scikit-learn"],
  ["AzureML-sklearn-0.24-ubuntu18.04-py37-cpu", "scikit-learn"],
  ["AzureML-lightgbm-3.3", "lightgbm"],
  ["tensorflow-2.16-cuda12", "tensorflow-cpu"],
  ["AzureML-acpt-pytorch-2.8-cuda12.6", "torch"],
  ["ACPT-Extended", "torch"],
  ["responsibleai-tabular", "responsibleai"],
])("takes %s as an environment with %s, every package pinned", (name, wanted) => {
  const { dependencies } = parse(findCurated(name)!.condaFile) as { dependencies: [string, string, { pip: string[] }] };
  expect(dependencies[0]).toMatch(/^python=3\.1\d$/);
  const { pip } = dependencies[2];
  expect(pip.map((line) => line.split("==")[0])).toContain(wanted);
  expect(pip.every((line) => /^[a-z0-9-]+==[\d.]+$/.test(line))).toBe(true);
});

it.each(["my-sklearn-1.5", "sklearn", "ubuntu", "azureml"])("leaves %s to the workspace", (name) => {
  expect(findCurated(name)).toBeUndefined();
});
