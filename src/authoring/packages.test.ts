import { expect, it } from "vitest";
import { parse } from "yaml";
import { type EnvironmentPlace, environmentOf } from "./environment.ts";
import type { EnvironmentSpec } from "./spec.ts";

const files: Record<string, string> = {
  "envs/requirements.txt": "-r base.txt\nnumpy==2.2.0 # pinned\n../dist/x-1.0-py3-none-any.whl\n",
  "envs/base.txt": "-c constraints.txt\n--index-url https://example.org/simple\n",
  "circle.txt": "-r circle.txt\n",
  "conda.yml": "dependencies:\n  - python=3.11\n",
};
const gathered: string[][] = [];
const folder = "a".repeat(64);
const place: EnvironmentPlace = {
  files: async () => ({ digest: folder }),
  text: async (path) => files[path]!,
  async gather(paths) {
    gathered.push(paths);
    return folder;
  },
  environment: async (name, version) => ({ name: `${name} ${version}`, condaFile: null, image: "i" }),
};
const found = (environment: string | EnvironmentSpec) => environmentOf(environment, place, "steps.one.environment");

it("takes requirements files with what they name, and projects of uv", async () => {
  const { condaFile, ...rest } = await found({
    ...{ requirementsFile: "envs/requirements.txt", pip: ["./y.whl"], python: "3.12" },
  });
  expect(parse(condaFile!)).toEqual({
    dependencies: [
      ...["python=3.12", "pip"],
      {
        pip: [
          ...["-c ./constraints.txt", "--index-url https://example.org/simple", "numpy==2.2.0"],
          ...["./x-1.0-py3-none-any.whl", "./y.whl"],
        ],
      },
    ],
  });
  expect(rest).toEqual({ name: null, image: null, files: folder });
  expect(await found({ uvProject: "mine" })).toMatchObject({ condaFile: null, uvProject: folder });
  expect(gathered).toEqual([
    ["envs/constraints.txt", "dist/x-1.0-py3-none-any.whl", "y.whl"],
    ["mine/pyproject.toml", "mine/uv.lock", "mine/.python-version"],
  ]);
});

it.each([
  ["sklearn", "sklearn undefined"],
  ["sklearn:3", "sklearn 3"],
  ["azureml:sklearn:3", "sklearn 3"],
  ["azureml:sklearn@latest", "sklearn undefined"],
])("finds the registered environment %s", async (written, name) => {
  expect(await found(written)).toMatchObject({ name });
});

it.each<[string | EnvironmentSpec, string]>([
  ["./conda.yml", '"./conda.yml" is not the name of an environment'],
  [{}, "it says nothing"],
  [{ condaFile: "conda.yml", pip: ["numpy"] }, "it has condaFile and pip"],
  [{ condaFile: "conda.yml", python: "3.12" }, "python is the version for pip and requirementsFile"],
  [{ build: { context: "image" }, image: "i" }, "an environment that is built has neither image nor packages"],
  [{ pip: ["--index-url https://ada:secret@example.org/simple"] }, "a URL of its requirements holds a password"],
  [{ pip: ["a/x-1.0.whl", "b/x-1.0.whl"] }, '"b/x-1.0.whl" and "a/x-1.0.whl" have the same name'],
  [{ requirementsFile: "circle.txt" }, 'the requirements file "circle.txt" names itself'],
])("refuses %j", async (environment, message) => {
  await expect(found(environment)).rejects.toThrow(`The pipeline is not valid: steps.one.environment: ${message}`);
});
