import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { unsaid } from "../../../test/support/schema-fields.ts";
import { lowerPipeline } from "../../authoring/lower.ts";
import {
  commandStepSchema,
  foreachStepSchema,
  gateStepSchema,
  type JobDefinition,
  type Step,
  sweepStepSchema,
} from "../../contract/job.ts";
import { ruleset } from "../../platform/model-file/index.ts";
import type { Connection } from "../connection.ts";
import { readJobFile } from "../job-file.ts";
import { placeOf } from "../job-place.ts";
import { uploadSource } from "../source.ts";
import { environmentsAndFiles } from "./environments.fixture.ts";
import { sweepsAndLoops } from "./fan-out.fixture.ts";
import type { Languages } from "./languages.fixture.ts";
import { howStepsAreRun } from "./running.fixture.ts";

let app: TestApp;
let connection: Connection;
let folder: string;

const files: Record<string, string> = {
  "src/train.py": "print('train')",
  "src/notes.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
  "shared/util.py": "x = 1",
  "rows.csv": "a,b\n1,2\n",
  "folder/z.txt": "z",
  "folder/a/b.txt": "b",
  "conda.yml": "dependencies:\n  - python=3.11\n  - pip:\n      - numpy==2.2.0\n",
  "wheels.yml":
    "name: w\ndependencies:\n  - python=3.11\n  - pip:\n      - ./dist/mine-1.0-py3-none-any.whl\n      - --no-binary x\n",
  "dist/mine-1.0-py3-none-any.whl": "wheel",
  "envs/requirements.txt":
    "-r base.txt\nnumpy==2.2.0 # pinned\n../dist/mine-1.0-py3-none-any.whl\nscipy==1.15.1 ; python_version >= '3.10' and sys_platform == 'linux'\n",
  "envs/base.txt": "-c constraints.txt\n--index-url https://example.org/simple\n",
  "envs/constraints.txt": "scipy<2\n",
  "uv/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
  "uv/uv.lock": "version = 1\n",
  "uv/.python-version": "3.12\n",
  "image/Dockerfile": "FROM scratch\n",
  "image/build/Other": "FROM scratch\n",
};

beforeAll(async () => {
  app = await createTestApp({ database: "sqlite" });
  const client = await app.as("owner");
  const params = { workspace: "default" };
  connection = { client, url: "", workspace: "default", params };
  folder = await mkdtemp(join(tmpdir(), "trainyard-same-"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  for (const numpy of ["1.26.4", "2.2.0"])
    await client.environment.create({
      params: { ...params, name: "science" },
      body: { condaFile: `dependencies: [python=3.11, pip, { pip: [numpy==${numpy}] }]` },
    });
  for (const name of ["warehouse", "hub"])
    await client.secret.set({ params: { ...params, name }, body: { value: "not to be known" } });
  const { digest: tree } = await placeOf(connection, folder).files("folder");
  for (const version of ["1", "2"])
    await client.data.create({ params: { ...params, name: "rides" }, body: { tree, type: "uri_folder", version } });
  await client.model.createVersion({ params: { ...params, name: "rides" }, body: { tree } });
  // Nothing checks them here.
  await app.ctx.db.updateTable("data_version").set({ state: "ready" }).execute();
  await app.ctx.db.updateTable("model_check").set({ state: "accepted", ruleset }).execute();
  const champion = { ...params, name: "rides", alias: "champion" };
  await client.model.setAlias({ params: champion, body: { version: "1" } });
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

async function fromYaml(yaml: string): Promise<JobDefinition> {
  await writeFile(join(folder, "job.yml"), yaml);
  const source = await uploadSource(connection, join(folder, "job.yml"));
  const { definition, issues } = await connection.client.job.validate({
    params: connection.params,
    body: { ...source, set: {} },
  });
  expect(issues).toEqual([]);
  return definition!;
}

it("sends files that only --set names", async () => {
  const yaml = "type: command\ncommand: cat rows\ninputs: { rows: { type: uri_file, path: a.csv } }";
  await writeFile(join(folder, "set.yml"), yaml);
  await writeFile(join(folder, "a.csv"), "a\n1\n");
  await mkdir(join(folder, "elsewhere"));
  await writeFile(join(folder, "elsewhere", "b.csv"), "b\n2\n");
  for (const key of ["inputs.rows", "inputs.rows.path"]) {
    const body = await readJobFile(connection, join(folder, "set.yml"), { [key]: "./elsewhere/b.csv" });
    if (!("source" in body)) throw new Error("it is no source");
    const { definition, issues } = await connection.client.job.validate({
      params: connection.params,
      body: body.source,
    });
    expect(issues).toEqual([]);
    const { digest } = definition!.inputs.rows!.binding as { digest: string };
    const { files } = await connection.client.blob.getTree({ params: { ...connection.params, digest } });
    expect(files).toMatchObject([{ path: "b.csv" }]);
  }
});

it.each<[string, Languages]>([
  ["how steps are run", howStepsAreRun()],
  ["environments and files", environmentsAndFiles()],
  ["sweeps and loops", sweepsAndLoops()],
])("is the same definition in YAML and in TypeScript: %s", async (_, { pipeline, yaml }) => {
  expect(await lowerPipeline(pipeline, placeOf(connection, folder))).toEqual(await fromYaml(yaml));
});

describe("what a definition can say, YAML can say too:", () => {
  let definitions: JobDefinition[];
  beforeAll(async () => {
    definitions = [];
    // One by one: each is the file of the same name.
    for (const { yaml } of [howStepsAreRun(), environmentsAndFiles(), sweepsAndLoops()])
      definitions.push(await fromYaml(yaml));
  });
  const said = (schema: z.ZodType, kind: Step["type"], others: string[]): string[] => {
    const steps = definitions.flatMap(({ steps }) => Object.values(steps)).filter(({ type }) => type === kind);
    const missing = unsaid(schema, steps, definitions[1]!.steps.none);
    return missing.filter((path) => !others.some((start) => path.startsWith(start)));
  };

  it("all of a command", () => {
    expect(said(commandStepSchema, undefined, [])).toEqual([
      "type",
      // Only where the server has a folder for it.
      "outputs.*.url",
      // Noted by the server when it reads code that does not lie beside the pipeline.
      ...["codeOrigin.url", "codeOrigin.commit", "codeOrigin.folder"],
      // Said when a step is run again.
      "debug.port",
    ]);
  });

  /** As of a command. */
  const common = ["inputs.", "outputs.", "after", "when."];
  it.each<[string, z.ZodType, Step["type"], string[]]>([
    // Nobody is asked where the server notes so, in a job that runs on a sample.
    ["a gate", gateStepSchema, "gate", ["passes"]],
    ["a sweep", sweepStepSchema, "sweep", ["trial."]],
    ["a loop", foreachStepSchema, "foreach", ["body."]],
  ])("all of %s", (_, schema, kind, others) => {
    expect(said(schema, kind, [...common, ...others])).toEqual([]);
  });
});
