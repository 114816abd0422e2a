import { expect, it } from "vitest";
import type { MapNode } from "./document.ts";
import { parseYaml } from "./document.ts";
import { fileKind } from "./file-kind.ts";
import { Issues } from "./issues.ts";

const kindOf = (text: string) => fileKind(parseYaml(text, "f.yml", new Issues()) as MapNode);

it.each([
  ["$schema: https://x/latest/commandJob.schema.json\ncommand: ls", { is: "job", type: "command" }],
  ["$schema: https://x/latest/pipelineComponent.schema.json\ntype: pipeline", { is: "component", type: "pipeline" }],
  ["$schema: http://azureml/sdk-2-0/CommandComponent.json", { is: "component", type: "command" }],
  ["$schema: http://azureml/sdk-2-0/Schedule.json", { is: "schedule" }],
  [
    "$schema: https://x/preview/0.0.1/autoMLJob.schema.json\ntype: automl",
    { is: "refused", name: "AutoML jobs", refusal: "AutoML" },
  ],
  ["type: sweep\ntrial: ./t.yml", { is: "job", type: "sweep" }],
  ["jobs: { a: { command: ls } }", { is: "job", type: "pipeline" }],
  ["type: command\nname: t\nversion: 1\ncommand: ls", { is: "component", type: "command" }],
  ["type: command\ninputs: { a: { type: uri_file } }\ncommand: ls", { is: "component", type: "command" }],
  ["type: command\ninputs: { a: { type: uri_file, path: ./x } }\ncommand: ls", { is: "job", type: "command" }],
  ["type: uri_file\npath: ./x.csv\nname: x", { is: "data" }],
  ["name: m\ntype: mlflow_model\npath: ./m", { is: "model" }],
  ["type: azure_blob\nname: b", { is: "datastore" }],
  ["type: amlcompute\nname: c", { is: "compute" }],
  ["name: e\nimage: ubuntu", { is: "environment" }],
  ["name: s\ncreate_job: azureml:x:1", { is: "schedule" }],
  ["name: e\nauth_mode: key", { is: "refused", name: "an online endpoint", refusal: "endpoints" }],
  ["name: x\ndependencies: [python]", { is: "foreign", name: "a conda file" }],
  ["trigger: [main]\njobs: [{ job: build }]", { is: "foreign", name: "an Azure Pipelines file" }],
  ["parameters: []\nsteps: [{ script: ls }]", { is: "foreign", name: "an Azure Pipelines file" }],
  ["version: 2\nbuild: { os: ubuntu }\nsphinx: {}", { is: "foreign", name: "a file of Read the Docs" }],
  ["image: { name: a, context: {} }", { is: "unknown" }],
  ["type: evaluator\nname: a\npath: ./a", { is: "unknown" }],
  ["type: uri_flie\nname: a\npath: ./a", { is: "data" }],
  [
    "$schema: https://x/latest/pipelineJob.schema.json\ntype: parallel\nname: a\nversion: 1",
    { is: "component", type: "parallel" },
  ],
  ["on: push\njobs: {}", { is: "foreign", name: "a GitHub Actions workflow" }],
])("%j", (text, expected) => {
  expect(kindOf(text)).toEqual(expected);
});
