// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { checkDefinition } from "../../features/job/check.ts";
import { digestOf, filesInMemory, translate } from "./testing.ts";

const train = `
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
type: command
name: train
inputs:
  data: { type: uri_folder }
  lr: { type: number }
  depth: { type: integer, default: 3 }
  note: { type: string, optional: true }
outputs:
  model: { type: mlflow_model }
code: ./src
command: python train.py \${{inputs.data}} \${{inputs.lr}} \${{inputs.depth}} $[[--note \${{inputs.note}}]] \${{outputs.model}}
`;
const score = `
type: command
inputs: { model: { type: mlflow_model }, data: { type: uri_folder } }
outputs: { scores: { type: uri_file } }
command: score \${{inputs.model}} \${{inputs.data}} \${{outputs.scores}}
`;
const inner = `
$schema: https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json
type: pipeline
inputs:
  data: { type: uri_folder }
  lr: { type: number }
  where: { type: string, default: azureml:small }
outputs:
  best: { type: mlflow_model }
  scores:
jobs:
  fit:
    component: ./train.yml
    compute: \${{parent.inputs.where}}
    inputs: { data: "\${{parent.inputs.data}}", lr: "\${{parent.inputs.lr}}" }
    outputs: { model: "\${{parent.outputs.best}}" }
  judge:
    component: ./score.yml
    inputs: { model: "\${{parent.jobs.fit.outputs.model}}", data: "\${{parent.inputs.data}}" }
    outputs: { scores: "\${{parent.outputs.scores}}" }
`;
const files = {
  "parts/train.yml": train,
  "parts/score.yml": score,
  "parts/inner.yml": inner,
  "parts/src/train.py": "print()",
  "data/a.csv": "1",
};

/** The definition, which the engine also takes. */
async function define(yaml: string, world: Parameters<typeof translate>[1] = {}, more: Record<string, string> = {}) {
  const { definition, issues, warnings } = await translate({ ...files, ...more, "job.yml": yaml }, world);
  expect(issues).toEqual([]);
  checkDefinition(definition!);
  return { definition: definition!, steps: definition!.steps as Record<string, Record<string, unknown>>, warnings };
}
const issuesOf = async (yaml: string, more: Record<string, string> = {}) =>
  (await translate({ ...files, ...more, "job.yml": yaml })).issues.map(({ at, message }) => `${at} ${message}`);

describe("a pipeline in a pipeline", () => {
  const outer = `
type: pipeline
inputs:
  rows: { type: uri_folder, path: ./data }
outputs:
  winner: { name: champion, type: mlflow_model }
settings: { default_compute: azureml:big }
jobs:
  low:
    type: pipeline
    component: ./parts/inner.yml
    inputs: { data: "\${{parent.inputs.rows}}", lr: 0.1 }
    outputs: { best: "\${{parent.outputs.winner}}" }
  use:
    command: cat \${{inputs.s}}
    inputs: { s: "\${{parent.jobs.low.outputs.scores}}" }
`;

  it("is flat: its steps are steps of the job, bound through its inputs and outputs", async () => {
    const { definition, steps } = await define(outer);
    expect(Object.keys(steps)).toEqual(["low__fit", "low__judge", "use"]);
    expect(steps.low__fit).toMatchObject({
      inputs: {
        data: { binding: { from: "input", input: "rows" } },
        lr: { type: "number", binding: { from: "literal", value: 0.1 } },
        depth: { binding: { from: "literal", value: 3 } },
        note: { binding: null },
      },
      outputs: { model: { type: "mlflow_model", register: { name: "champion" } } },
      code: digestOf({ "train.py": "print()" }),
    });
    expect(steps.low__judge).toMatchObject({
      inputs: { model: { binding: { from: "step", step: "low__fit", output: "model" } } },
    });
    expect(steps.use).toMatchObject({
      inputs: { s: { binding: { from: "step", step: "low__judge", output: "scores" } } },
    });
    expect(definition.outputs).toEqual({ winner: { step: "low__fit", output: "model" } });
  });

  it("says where its steps run: the step itself, by an input, or the job", async () => {
    const { steps } = await define(outer);
    expect([steps.low__fit!.compute, steps.low__judge!.compute]).toEqual(["azureml:small", "azureml:big"]);
  });

  it("may be used twice, and be written in place", async () => {
    const { steps } = await define(`
jobs:
  a: { component: ./parts/inner.yml, inputs: { data: { path: ./data }, lr: 0.1 } }
  b:
    type: pipeline
    inputs: { rows: { type: uri_folder, path: ./data } }
    jobs:
      c:
        component: ./parts/inner.yml
        inputs: { data: "\${{parent.inputs.rows}}", lr: 0.2 }
`);
    expect(Object.keys(steps)).toEqual(["a__fit", "a__judge", "b__c__fit", "b__c__judge"]);
    expect(steps.b__c__fit).toMatchObject({
      inputs: { data: { binding: { from: "tree" } }, lr: { binding: { value: 0.2 } } },
    });
  });

  it("waits as a whole and is waited for as a whole", async () => {
    const { steps } = await define(`
jobs:
  a: { component: ./parts/inner.yml, inputs: { data: { path: ./data }, lr: 0.1 } }
  b: { command: ls, after: a }
  c: { component: ./parts/inner.yml, after: b, inputs: { data: { path: ./data }, lr: 0.1 } }
`);
    expect(steps.b!.after).toEqual(["a__fit", "a__judge"]);
    expect(steps.c__fit!.after).toEqual(["b"]);
  });

  it("is a job when the job names it", async () => {
    const { definition } = await define(
      "type: pipeline\ncomponent: ./parts/inner.yml\ninputs: { data: { path: ./data }, lr: 0.5 }\noutputs: { best: { name: m } }",
    );
    expect(definition.inputs).toMatchObject({ lr: { type: "number", binding: { value: 0.5 } } });
    expect(definition.outputs).toMatchObject({ best: { step: "fit", output: "model" } });
    expect(definition.steps.fit!.outputs.model!.register).toEqual({ name: "m" });
  });

  it.each([
    [
      "a missing input",
      "jobs: { a: { component: ./parts/inner.yml, inputs: { lr: 1 } } }",
      'job.yml:1:9 the required input "data" of inner.yml',
    ],
    [
      "an output that it does not have",
      "jobs:\n  a: { component: ./parts/inner.yml, inputs: { data: { path: ./data }, lr: 1 } }\n  b: { command: 'cat ${{inputs.x}}', inputs: { x: '${{parent.jobs.a.outputs.bset}}' } }",
      'job.yml:3:51 the step "a" has no output "bset"',
    ],
    [
      "the wrong type",
      "jobs: { a: { type: sweep, component: ./parts/inner.yml } }",
      "job.yml:1:20 inner.yml is a pipeline component",
    ],
  ])("refuses %s", async (_, yaml, expected) => {
    const found = await issuesOf(yaml);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it("does not contain itself", async () => {
    const found = await issuesOf("jobs: { a: { component: ./p.yml } }", {
      "p.yml": "type: pipeline\njobs: { b: { component: ./p.yml } }",
    });
    expect(found).toEqual(["p.yml:2:25 the pipeline component p.yml contains itself"]);
  });
});

describe("a sweep", () => {
  const space = `
search_space:
  lr: { type: uniform, min_value: 0.1, max_value: 0.9 }
  depth: { type: choice, values: [1, 2] }
objective: { goal: maximize, primary_metric: auc }
limits: { max_total_trials: 8, max_concurrent_trials: 2, timeout: 60, trial_timeout: 10 }
early_termination: { type: bandit, slack_factor: 0.1, evaluation_interval: 2 }
sampling_algorithm: bayesian
`;

  it("takes parameters of a component from the search space", async () => {
    const { steps } = await define(`
jobs:
  tune:
    type: sweep
    trial: ./parts/train.yml
    inputs: { data: { path: ./data } }
${space.replace(/^/gm, "    ")}
`);
    const { tune } = steps;
    expect(tune).toMatchObject({
      type: "sweep",
      searchSpace: { lr: { type: "uniform", min: 0.1, max: 0.9 }, depth: { type: "choice", values: [1, 2] } },
      objective: { goal: "maximize", primaryMetric: "auc" },
      sampling: { type: "bayesian" },
      earlyTermination: { type: "bandit", slackFactor: 0.1, evaluationInterval: 2 },
      limits: { maxTotalTrials: 8, maxConcurrentTrials: 2, timeoutSeconds: 60, trialTimeoutSeconds: 10 },
      outputs: { model: { type: "mlflow_model" } },
    });
    expect(Object.keys(tune!.inputs as object)).toEqual(["data", "note"]);
    expect((tune!.trial as { command: string }).command).toContain("${{search_space.lr}} ${{search_space.depth}}");
  });

  it("is a job with a command in place", async () => {
    const { definition } = await define(
      `type: sweep\ntrial: { command: "run \${{inputs.a}} \${{search_space.lr}} \${{search_space.depth}}", code: ./data }\ninputs: { a: 1 }\n${space}`,
    );
    expect(definition).toMatchObject({
      type: "command",
      steps: { main: { type: "sweep", trial: { code: digestOf({ "a.csv": "1" }) } } },
    });
  });

  it.each([
    ["an unknown distribution", "lr: { type: unifrom }", 'there is no distribution "unifrom"'],
    ["a missing bound", "lr: { type: uniform, min_value: 0 }", 'the parameter "lr" needs the field "max_value"'],
    ["a list", "lr: [1, 2]", 'the parameter "lr" of the search space must be a mapping'],
  ])("refuses %s", async (_, parameter, expected) => {
    const found = await issuesOf(
      `type: sweep\ntrial: { command: "run \${{search_space.lr}}" }\nsearch_space: { ${parameter} }\nobjective: { goal: minimize, primary_metric: x }`,
    );
    expect(found.join("\n")).toContain(expected);
  });
});

describe("parallel and Spark", () => {
  it("cuts an input into mini-batches", async () => {
    const { steps } = await define(`
jobs:
  many:
    type: parallel
    inputs: { rows: { type: uri_folder, path: ./data }, factor: 2 }
    outputs: { result: { type: uri_file, path: "azureml://datastores/main/paths/x/results.csv" } }
    input_data: \${{inputs.rows}}
    mini_batch_size: "10KB"
    resources: { instance_count: 3 }
    max_concurrency_per_instance: 2
    error_threshold: -1
    mini_batch_error_threshold: 5
    retry_settings: { max_retries: 4, timeout: 30 }
    logging_level: debug
    task:
      type: run_function
      code: ./parts/src
      entry_script: train.py
      program_arguments: --factor \${{inputs.factor}}
      append_row_to: \${{outputs.result}}
`);
    expect(steps.many).toMatchObject({
      code: digestOf({ "train.py": "print()" }),
      parallel: {
        ...{ input: "rows", entryScript: "train.py", programArguments: "--factor ${{inputs.factor}}" },
        ...{ miniBatchSize: "10kb", instanceCount: 3, maxConcurrencyPerInstance: 2, errorThreshold: -1 },
        ...{ miniBatchErrorThreshold: 5, miniBatchRetries: 4, miniBatchTimeoutSeconds: 30, loggingLevel: "DEBUG" },
        appendRowTo: { output: "result", file: "results.csv" },
      },
    });
  });

  it("hands a program to Spark on this machine", async () => {
    const { definition } = await define(`
type: spark
code: ./parts/src
entry: { file: train.py }
py_files: [lib.zip]
args: --in \${{inputs.rows}} --out \${{outputs.o}}
conf: { spark.driver.memory: 2g, spark.executor.instances: 4 }
inputs: { rows: { type: uri_file, path: ./data/a.csv, mode: direct } }
outputs: { o: { type: uri_folder, mode: direct } }
resources: { instance_type: standard_e4s_v3, runtime_version: "3.4" }
`);
    const step = definition.steps.main as { command: string; environment: { condaFile: string } };
    expect(step.command).toBe(
      "spark-submit --master 'local[*]' --py-files lib.zip --conf spark.driver.memory=2g train.py --in ${{inputs.rows}} --out ${{outputs.o}}",
    );
    expect(step.environment.condaFile).toContain("pyspark==3.4.*");
  });
});

describe("branches and loops", () => {
  it("decides by an output which block is done", async () => {
    const { steps } = await define(`
jobs:
  look: { command: "look \${{outputs.good}}", outputs: { good: { type: boolean, is_control: true } } }
  yes: { command: ls }
  no: { command: pwd }
  choose:
    type: if_else
    condition: \${{parent.jobs.look.outputs.good}}
    true_block: \${{parent.jobs.yes}}
    false_block: [ "\${{parent.jobs.no}}" ]
`);
    const left = { from: "step", step: "look", output: "good" };
    expect(Object.keys(steps)).toEqual(["look", "yes", "no"]);
    expect(steps.yes!.when).toMatchObject({ left, operator: "==", right: true });
    expect(steps.no!.when).toMatchObject({ left, operator: "!=", right: true });
  });

  it("repeats a step for each item", async () => {
    const { steps } = await define(`
jobs:
  one:
    component: ./parts/train.yml
    inputs: { data: { path: ./data } }
  all:
    type: parallel_for
    body: \${{parent.jobs.one}}
    items: '[{"lr": 0.1}, {"lr": 0.2, "depth": 5}]'
`);
    expect(Object.keys(steps)).toEqual(["all"]);
    expect(steps.all).toMatchObject({
      type: "foreach",
      items: [{ lr: 0.1 }, { lr: 0.2, depth: 5 }],
      inputs: { data: { binding: { from: "tree" } } },
      outputs: { model: { type: "uri_folder" } },
      body: {
        inputs: { lr: { type: "number", binding: null }, depth: { type: "integer", binding: null } },
        outputs: { model: { step: "main", output: "model" } },
        steps: { main: { inputs: { lr: { binding: { from: "input", input: "lr" } } } } },
      },
    });
  });

  it("repeats a pipeline", async () => {
    const { steps } = await define(`
jobs:
  one: { component: ./parts/inner.yml, inputs: { data: { path: ./data } } }
  all: { type: parallel_for, body: "\${{parent.jobs.one}}", items: [{ lr: 1 }] }
  use: { command: "ls \${{inputs.m}}", inputs: { m: "\${{parent.jobs.all.outputs.best}}" } }
`);
    expect(Object.keys((steps.all!.body as { steps: object }).steps)).toEqual(["fit", "judge"]);
  });

  const grid = `
type: pipeline
inputs: { region: { type: string }, data: { type: uri_folder } }
outputs: { models: { type: uri_folder } }
jobs:
  fit:
    command: fit \${{inputs.region}} \${{inputs.year}} \${{inputs.data}} \${{outputs.model}}
    inputs: { region: "\${{parent.inputs.region}}", year: 0, data: "\${{parent.inputs.data}}" }
    outputs: { model: { type: uri_folder } }
  years: { type: parallel_for, body: fit, items: [{ year: 2023 }, { year: 2024 }], outputs: { model: "\${{parent.outputs.models}}" } }
  tune:
    type: sweep
    sampling_algorithm: grid
    search_space: { lr: { type: choice, values: [1, 2] } }
    objective: { goal: minimize, primary_metric: loss }
    inputs: { models: "\${{parent.jobs.years.outputs.model}}" }
    trial: { command: "tune \${{search_space.lr}} \${{inputs.models}}" }
`;
  const regions = (body: string) => `
jobs:
  grid: ${body}
  regions: { type: parallel_for, body: grid, items: [{ region: north }, { region: south }] }
`;

  it("repeats a pipeline with a loop and a sweep in it", async () => {
    const body = "{ component: ./parts/grid.yml, inputs: { data: { path: ./data } } }";
    const { steps } = await define(regions(body), {}, { "parts/grid.yml": grid });
    expect(steps.regions).toMatchObject({
      outputs: { models: { type: "uri_folder" } },
      body: {
        inputs: { region: { binding: null }, data: { binding: null } },
        outputs: { models: { step: "years", output: "model" } },
        steps: {
          years: {
            type: "foreach",
            inputs: {
              region: { binding: { from: "input", input: "region" } },
              data: { binding: { from: "input", input: "data" } },
            },
            body: { inputs: { year: { binding: null } }, outputs: { model: { step: "main", output: "model" } } },
          },
          tune: { type: "sweep", inputs: { models: { binding: { from: "step", step: "years", output: "model" } } } },
        },
      },
    });
  });

  it("repeats a sweep", async () => {
    const tune = `{ type: sweep, sampling_algorithm: grid, search_space: { lr: { type: choice, values: [1, 2] } },
    objective: { goal: minimize, primary_metric: loss }, inputs: { region: "" },
    trial: { command: "tune \${{search_space.lr}} \${{inputs.region}}" } }`;
    const { steps } = await define(regions(tune));
    const main = { type: "sweep", inputs: { region: { binding: { from: "input", input: "region" } } } };
    expect(steps.regions).toMatchObject({ body: { inputs: { region: { binding: null } }, steps: { main } } });
  });

  it("repeats no loop by itself, and no gate", async () => {
    const found = async (body: string) => (await issuesOf(regions(body))).join();
    expect(await found("{ type: parallel_for, body: x, items: [] }\n  x: { command: ls }")).toMatch(
      "a loop has no inputs that an item could fill: repeat a pipeline with the loop in it",
    );
    expect(await found("{ type: gate }")).toMatch("a gate cannot be repeated");
    expect(await found("{ type: pipeline, jobs: { ask: { type: gate } } }")).toMatch("a gate cannot be repeated");
  });

  it("refuses a block that is not there", async () => {
    const found = await issuesOf(
      "inputs: { go: true }\njobs:\n  a: { command: ls }\n  b: { type: if_else, condition: '${{parent.inputs.go}}', true_block: '${{parent.jobs.x}}' }",
    );
    expect(found).toEqual(['job.yml:4:71 there is no step "x"']);
  });
});

describe("registered components", () => {
  const registered = filesInMemory({ "c/train.yml": train, "c/src/train.py": "1" });
  const findComponent = async (name: string, by: { version?: string; label?: string }) =>
    name === "train" && (by.version === "2" || by.label === "latest")
      ? { version: "2", file: "c/train.yml", files: registered }
      : undefined;

  it.each(["azureml:train:2", "azureml:train@latest", "azureml:train", "azureml://registries/r/components/train"])(
    "%s is the definition with the files that it came with",
    async (component) => {
      const { steps } = await define(
        `jobs: { a: { component: "${component}", inputs: { data: { path: ./data }, lr: 1 } } }`,
        { findComponent },
      );
      expect(steps.a!.code).toBe(digestOf({ "train.py": "1" }));
    },
  );

  it("reaches no file of the job, nor the job one of it", async () => {
    const away = filesInMemory({ "train.yml": train.replace("./src", "../data") });
    const { issues } = await translate(
      {
        ...files,
        "job.yml":
          "jobs: { a: { component: 'azureml:train:2', inputs: { data: { path: 'azureml:train:2/train.yml' }, lr: 1 } } }",
      },
      { findComponent: async () => ({ version: "2", file: "train.yml", files: away }) },
    );
    expect(issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('the code folder "../data" is outside'),
      expect.stringContaining("is not a reference to an asset"),
    ]);
  });
});

it("says what has no effect", async () => {
  const { warnings } = await define("command: ls\nidentity: { type: managed }\nservices: { ssh: { type: ssh } }");
  expect(warnings.map(({ at, message }) => `${at} ${message}`)).toEqual([
    'job.yml:2:11 "identity" has no effect here',
    'job.yml:3:11 "services" has no effect here',
  ]);
});

it("puts files that a component includes besides into its code", async () => {
  const { steps } = await define(
    "jobs: { a: { component: ./c/x.yml } }",
    {},
    {
      "c/x.yml": "type: command\ncommand: ls\ncode: ./src\nadditional_includes: [../shared, ../data/a.csv]",
      "c/src/main.py": "m",
      "shared/u.py": "u",
    },
  );
  expect(steps.a!.code).toBe(digestOf({ "main.py": "m", "shared/u.py": "u", "a.csv": "1" }));
});
