// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import type { CommandStep } from "../../contract/job.ts";
import { digestOf, translate } from "./testing.ts";

const conda = "name: env\ndependencies: [python=3.12]\n";
const train = `
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
type: command
name: train
version: 1
inputs:
  data: { type: uri_folder }
  alpha: { type: number, min: 0, max: 1, default: 0.5 }
  solver: { type: string, enum: [auto, svd], default: auto }
  champion: { type: mlflow_model, optional: true }
outputs:
  model: { type: mlflow_model }
code: ../src
environment: { image: ubuntu, conda_file: conda.yml }
environment_variables: { LEVEL: 1 }
is_deterministic: false
command: >-
  python train.py --data \${{inputs.data}} --alpha \${{inputs.alpha}} --solver \${{inputs.solver}}
  $[[--champion \${{inputs.champion}}]] --out \${{outputs.model}}
`;
const project = {
  "components/train.yml": train,
  "components/conda.yml": conda,
  "src/train.py": "print()",
  "src/lib/util.py": "",
  "data/rows.csv": "a,b",
  "data/other.csv": "c,d",
};

describe("a command job", () => {
  it("becomes one step whose inputs and outputs are those of the job", async () => {
    const yaml = `
type: command
name: first
description: A job
experiment_name: tests
tags: { owner: me, version: 1.10 }
code: src
command: python train.py \${{inputs.rows}} \${{inputs.rate}} > \${{outputs.out}}
environment: azureml:shared:3
environment_variables: { A: 'yes' }
inputs:
  rows: { type: uri_file, path: ./data/rows.csv, mode: ro_mount }
  rate: 1.0
  rounds: 3
  flag: true
outputs:
  out: { type: uri_file, name: result, version: 1.0 }
compute: azureml:cpu-cluster
resources: { instance_type: Standard_D2 }
limits: { timeout: 60 }
retry_settings: { max_retries: 2 }
`;
    const shared = { condaFile: conda, image: null };
    const { definition, issues } = await translate(
      { ...project, "job.yml": yaml },
      { environments: { "shared:3": shared } },
    );
    expect(issues).toEqual([]);
    expect(definition).toMatchObject({
      type: "command",
      name: "first",
      displayName: "first",
      experiment: "tests",
      description: "A job",
      tags: { owner: "me", version: "1.10" },
      inputs: {
        rows: {
          type: "uri_file",
          binding: { from: "tree", digest: digestOf({ "rows.csv": "a,b" }), path: "rows.csv" },
        },
        rate: { type: "number", binding: { from: "literal", value: 1 } },
        rounds: { type: "integer", binding: { from: "literal", value: 3 } },
        flag: { type: "boolean", binding: { from: "literal", value: true } },
      },
      outputs: { out: { step: "main", output: "out" } },
      steps: {
        main: {
          command: "python train.py ${{inputs.rows}} ${{inputs.rate}} > ${{outputs.out}}",
          code: digestOf({ "train.py": "print()", "lib/util.py": "" }),
          environment: { name: "shared", ...shared },
          environmentVariables: { A: "yes" },
          inputs: { rows: { binding: { from: "input", input: "rows" } } },
          outputs: { out: { type: "uri_file", register: { name: "result", version: "1.0" } } },
          deterministic: true,
          maxRetries: 2,
          timeoutSeconds: 60,
        },
      },
    });
  });

  it("needs neither type nor environment nor code", async () => {
    const { definition, issues } = await translate({ "jobs/hello.yml": "command: echo hello" }, {}, "jobs/hello.yml");
    expect(issues).toEqual([]);
    expect(definition).toMatchObject({ type: "command", displayName: "hello", experiment: "jobs" });
    expect(definition!.steps.main).toMatchObject({
      code: null,
      environment: { name: null, condaFile: null, image: null },
      timeoutSeconds: 7 * 86_400,
    });
  });

  it("takes a single file as code", async () => {
    const { definition } = await translate({ ...project, "job.yml": "command: ls\ncode: ./src/train.py" });
    expect((definition!.steps.main as CommandStep).code).toBe(digestOf({ "train.py": "print()" }));
  });
});

describe("a pipeline job", () => {
  const pipeline = `
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
display_name: Train and judge
settings: { default_compute: azureml:cpu, force_rerun: 'True', continue_on_step_failure: true }
inputs:
  rows: { type: uri_folder, path: azureml:rows@latest }
  alpha: 0.1
  champion: { type: mlflow_model, optional: true }
outputs:
  trained: { type: mlflow_model, mode: upload, name: judged }
jobs:
  zeta:
    component: ./components/train.yml
    inputs:
      data: \${{parent.inputs.rows}}
      alpha: \${{parent.inputs.alpha}}
      champion: { type: mlflow_model, path: '\${{parent.inputs.champion}}', mode: download }
    outputs:
      model: \${{parent.outputs.trained}}
    environment_variables: { MORE: x }
  alpha:
    type: command
    command: cat \${{inputs.model}}/MLmodel \${{inputs.again}} > \${{outputs.report}}
    inputs:
      model: \${{parent.jobs.zeta.outputs.model}}
      again: \${{parent.inputs.alpha}}
    outputs:
      report:
`;

  it("connects its steps", async () => {
    const { definition, issues } = await translate({ ...project, "job.yml": pipeline });
    expect(issues).toEqual([]);
    expect(definition).toMatchObject({
      type: "pipeline",
      displayName: "Train and judge",
      experiment: "job",
      forceRerun: true,
      continueOnStepFailure: true,
      inputs: {
        rows: { binding: { from: "asset", kind: "data", name: "rows", label: "latest" } },
        alpha: { type: "number", binding: { from: "literal", value: 0.1 } },
        champion: { type: "mlflow_model", optional: true, binding: null },
      },
      outputs: { trained: { step: "zeta", output: "model" } },
      steps: {
        zeta: {
          deterministic: false,
          code: digestOf({ "train.py": "print()", "lib/util.py": "" }),
          environment: { name: null, condaFile: conda, image: "ubuntu" },
          environmentVariables: { LEVEL: "1", MORE: "x" },
          inputs: {
            data: { type: "uri_folder", binding: { from: "input", input: "rows" } },
            alpha: { type: "number", min: 0, max: 1, binding: { from: "input", input: "alpha" } },
            solver: { type: "string", enum: ["auto", "svd"], binding: { from: "literal", value: "auto" } },
            champion: { optional: true, binding: { from: "input", input: "champion" } },
          },
          outputs: { model: { type: "mlflow_model", register: { name: "judged" } } },
        },
        alpha: {
          inputs: {
            model: { type: "mlflow_model", binding: { from: "step", step: "zeta", output: "model" } },
            again: { type: "number", binding: { from: "input", input: "alpha" } },
          },
          outputs: { report: { type: "uri_folder", register: null } },
        },
      },
    });
    expect(Object.keys(definition!.steps)).toEqual(["zeta", "alpha"]);
  });

  it("may bind an output of its own to a step", async () => {
    const yaml = `
outputs: { o: '\${{parent.jobs.a.outputs.x}}' }
jobs: { a: { command: 'ls \${{outputs.x}}', outputs: { x: { type: uri_file } } } }
`;
    const { definition, issues } = await translate({ "job.yml": yaml });
    expect(issues).toEqual([]);
    expect(definition!.outputs).toEqual({ o: { step: "a", output: "x" } });
  });

  it("takes a component in place, and paths relative to the file that names them", async () => {
    const yaml = `
jobs:
  a:
    component:
      command: cat \${{inputs.file}}
      code: ../src
      inputs: { file: { type: uri_file, default: ../data/rows.csv } }
`;
    const { definition, issues } = await translate({ ...project, "deep/job.yml": yaml }, {}, "deep/job.yml");
    expect(issues).toEqual([]);
    expect(definition!.steps.a!.inputs.file!.binding).toMatchObject({ from: "tree", path: "rows.csv" });
  });

  it("gives an untouched input file the same digest whatever lies beside it", async () => {
    const yaml = "command: cat ${{inputs.f}}\ninputs: { f: { type: uri_file, path: data/rows.csv } }";
    const first = await translate({ ...project, "job.yml": yaml });
    const second = await translate({ ...project, "data/new.csv": "x", "job.yml": yaml });
    expect(second.definition!.inputs).toEqual(first.definition!.inputs);
  });
});

describe("overrides", () => {
  const yaml = `
inputs:
  alpha: 0.1
  label: '001'
  on: true
  champion: { type: mlflow_model, optional: true }
  depth: { type: integer, value: 3 }
  rows: { type: uri_folder, path: ./data }
jobs:
  train:
    component: ./components/train.yml
    inputs: { data: '\${{parent.inputs.rows}}', alpha: '\${{parent.inputs.alpha}}' }
  show:
    command: echo \${{inputs.x}}
    inputs: { x: 1 }
`;
  const files = { ...project, "job.yml": yaml };

  it("replace values in the form they have", async () => {
    const set = {
      "inputs.alpha": "1",
      "inputs.label": "002",
      "inputs.on": "False",
      "inputs.champion": "azureml:diabetes@champion",
      "inputs.depth": "5",
      "inputs.rows": "azureml:rows:2",
      "settings.force_rerun": "true",
      display_name: "Again",
      experiment_name: "other",
      "jobs.train.inputs.solver": "svd",
      "jobs.train.inputs.data": "azureml:rows:7",
      "jobs.show.inputs.x": "2.5",
    };
    const { definition, issues } = await translate(files, { set });
    expect(issues).toEqual([]);
    expect(definition).toMatchObject({
      displayName: "Again",
      experiment: "other",
      forceRerun: true,
      inputs: {
        alpha: { binding: { value: 1 } },
        label: { binding: { value: "002" } },
        on: { binding: { value: false } },
        champion: { binding: { from: "asset", kind: "model", name: "diabetes", label: "champion" } },
        depth: { binding: { value: 5 } },
        rows: { binding: { from: "asset", kind: "data", version: "2" } },
      },
      steps: {
        train: { inputs: { solver: { binding: { value: "svd" } }, data: { binding: { name: "rows", version: "7" } } } },
        show: { inputs: { x: { type: "number", binding: { value: 2.5 } } } },
      },
    });
  });

  it.each([
    ["inputs.alhpa", "1", 'there is no input "alhpa"', 'Did you mean "alpha"?'],
    ["jobs.trian.inputs.alpha", "1", 'there is no step "trian"', 'Did you mean "train"?'],
    ["jobs.show.inputs.y", "1", 'there is no input "y" of step "show"', 'Did you mean "x"?'],
    ["jobs.train.inputs.sovler", "svd", 'train.yml has no input "sovler"', 'Did you mean "solver"?'],
    ["settings.forse_rerun", "true", 'unknown field "forse_rerun" in settings', 'Did you mean "force_rerun"?'],
    ["displayname", "x", 'unknown field "displayname" in a pipeline job', 'Did you mean "display_name"?'],
    ["inputs.alpha", "fast", "must be a number", undefined],
    ["inputs.on", "maybe", "must be true or false", undefined],
    ["inputs.depth", "2.5", "must be an integer", undefined],
    ["inputs.alpha", "7", "must be at most 1", undefined],
    ["jobs.train.inputs.solver", "qr", "must be one of auto, svd", undefined],
    ["inputs..alpha", "1", "names nothing", undefined],
    ["__proto__.x", "1", "names nothing", undefined],
  ])("%s=%s is refused", async (target, value, message, hint) => {
    const { definition, issues } = await translate(files, { set: { [target]: value } });
    expect(definition).toBeNull();
    const issue = issues.find((candidate) => candidate.message.includes(message));
    expect(issue, JSON.stringify(issues)).toBeDefined();
    if (hint) expect(issue!.hint).toContain(hint);
  });
});

it("names secrets for variables, and what a step says counts over its component", async () => {
  const files = {
    "c.yml":
      "type: command\ncommand: ls\nenvironment_variables: { A: '${{secrets.a}}', B: b, C: '${{ secrets.db-pass }}' }\n",
    "job.yml": `type: pipeline
jobs:
  same: { component: ./c.yml }
  other: { component: ./c.yml, environment_variables: { A: plain, B: '\${{secrets.b}}' } }
`,
  };
  const { definition, issues } = await translate(files);
  expect(issues).toEqual([]);
  expect(definition!.steps).toMatchObject({
    same: { environmentVariables: { B: "b" }, secrets: { A: "a", C: "db-pass" } },
    other: { environmentVariables: { A: "plain" }, secrets: { B: "b", C: "db-pass" } },
  });
  expect(definition!.steps.other).not.toHaveProperty("environmentVariables.B");
  expect(definition!.steps.other).not.toHaveProperty("secrets.A");
});
