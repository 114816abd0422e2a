// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestApp, type TestApp } from "../../test/support/app.ts";
import {
  data,
  defineBody,
  defineComponent,
  definePipeline,
  forEach,
  gate,
  local,
  model,
  type Pipeline,
  sweep,
  text,
  url,
} from "../authoring/index.ts";
import { lowerPipeline } from "../authoring/lower.ts";
import { ruleset } from "../platform/model-file/index.ts";
import type { Connection } from "./connection.ts";
import { placeOf } from "./job-place.ts";
import { uploadSource } from "./source.ts";

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

async function fromYaml(yaml: string) {
  await writeFile(join(folder, "job.yml"), yaml);
  const source = await uploadSource(connection, join(folder, "job.yml"));
  const { definition, issues } = await connection.client.job.validate({
    params: connection.params,
    body: { ...source, set: {} },
  });
  expect(issues).toEqual([]);
  return definition;
}

const fromTypeScript = (pipeline: Pipeline) => lowerPipeline(pipeline, placeOf(connection, folder));

it("is the same definition when it says how steps are run", async () => {
  const train = defineComponent({
    command: ({ inputs, outputs, optional }) =>
      `python train.py --rows ${inputs.rows} --alpha ${inputs.alpha} ${optional(`--seed ${inputs.seed}`)} --model ${outputs.model}`,
    code: "src",
    include: ["shared"],
    environment: { condaFile: "conda.yml" },
    environmentVariables: ({ inputs }) => ({ LEVEL: "info", ALPHA: `a=${inputs.alpha}`, TOKEN: "none" }),
    secrets: { PGPASSWORD: "warehouse" },
    displayName: "Train it",
    inputs: {
      rows: "uri_file",
      alpha: { type: "number", default: 0.5, min: 0, max: 1 },
      kind: { type: "string", default: "a", enum: ["a", "b"] },
      seed: { type: "integer", optional: true },
    },
    outputs: { model: { type: "mlflow_model", register: { name: "rides", version: "7" } }, rmse: "number" },
  });
  const pipeline = definePipeline({
    name: "nightly-rides",
    displayName: "Rides",
    experiment: "rides",
    description: "Everything at once.",
    tags: { team: "rides", cost: "12" },
    compute: "big",
    priority: 3,
    timeoutSeconds: 7200,
    continueOnStepFailure: true,
    forceRerun: true,
    inputs: { rows: "uri_file", alpha: { type: "number", default: 0.25 }, region: "string" },
    values: { rows: local("rows.csv"), region: "north" },
    steps({ rows, alpha, region }) {
      const one = train(
        { rows, alpha },
        {
          ...{ maxRetries: 3, retry: { delaySeconds: 10, factor: 2, capSeconds: 300 } },
          ...{ timeoutSeconds: 3600, queueTimeoutSeconds: 600, deadlineSeconds: 9000 },
          ...{ maxAgeSeconds: 86_400, forceRerun: false, deterministic: false, network: true, compute: "small" },
          resources: { cpus: 2, memoryMb: 512, gpus: 1 },
          container: { shmMb: 64, arguments: ["--pids-limit=99"] },
          environmentVariables: { LEVEL: "debug" },
          secrets: { TOKEN: "hub" },
        },
      );
      const review = gate(
        {
          ...{ message: "Look.", approvers: ["ada"], quorum: 2, excludeSubmitter: true, timeoutSeconds: 600 },
          ...{ onTimeout: "skip", inputs: { model: one.outputs.model, alpha } },
        },
        { displayName: "Review", after: [one] },
      );
      const many = train(
        { rows: data("rides", { version: "2" }), kind: text`${region}-b` },
        {
          when: { left: one.outputs.rmse, operator: "<", right: 60 },
          after: [review],
          distribution: { type: "pytorch", instanceCount: 2, processesPerInstance: 2 },
        },
      );
      const batch = defineComponent({
        command: "python score.py --fast",
        code: "src",
        environment: { condaFile: "conda.yml" },
        inputs: { rows: "uri_folder" },
        outputs: { scores: "uri_folder" },
        parallel: {
          ...{ input: "rows", entryScript: "score.py", programArguments: "--fast", miniBatchSize: "10kb" },
          ...{ maxConcurrencyPerInstance: 3, errorThreshold: 4, miniBatchErrorThreshold: 5, loggingLevel: "DEBUG" },
          ...{ miniBatchRetries: 1, miniBatchTimeoutSeconds: 9, partitionKeys: ["region"], instanceCount: 2 },
          appendRowTo: { output: "scores", file: "parallel_run_step.txt" },
        },
      });
      const score = batch({ rows: local("folder") });
      return { steps: { one, review, many, score }, outputs: { model: one.outputs.model } };
    },
  });
  const yaml = `
type: pipeline
name: nightly-rides
display_name: Rides
experiment_name: rides
description: Everything at once.
tags: { team: rides, cost: 12 }
priority: 3
limits: { timeout: 7200 }
settings: { default_compute: big, continue_on_step_failure: true, force_rerun: true }
inputs:
  rows: { type: uri_file, path: ./rows.csv }
  alpha: 0.25
  region: north
outputs:
  model: { type: mlflow_model }
jobs:
  one:
    component: &train
      type: command
      display_name: Train it
      command: python train.py --rows \${{inputs.rows}} --alpha \${{inputs.alpha}} $[[--seed \${{inputs.seed}}]] --model \${{outputs.model}}
      code: ./src
      additional_includes: [./shared]
      environment: { conda_file: ./conda.yml }
      environment_variables: { LEVEL: info, ALPHA: "a=\${{inputs.alpha}}", TOKEN: none, PGPASSWORD: "\${{secrets.warehouse}}" }
      inputs:
        rows: { type: uri_file }
        alpha: { type: number, default: 0.5, min: 0, max: 1 }
        kind: { type: string, default: a, enum: [a, b] }
        seed: { type: integer, optional: true }
      outputs:
        model: { type: mlflow_model, name: rides, version: "7" }
        rmse: { type: number }
    inputs: { rows: "\${{parent.inputs.rows}}", alpha: "\${{parent.inputs.alpha}}" }
    outputs: { model: "\${{parent.outputs.model}}" }
    compute: small
    network: true
    is_deterministic: false
    max_age_seconds: 86400
    force_rerun: false
    retry_settings: { max_retries: 3, delay: 10, backoff: 2, max_delay: 300 }
    limits: { timeout: 3600, queue_timeout: 600, deadline: 9000 }
    resources: { cpus: 2, memory_mb: 512, gpus: 1, shm_size: 64m, docker_args: "--pids-limit=99" }
    environment_variables: { LEVEL: debug, TOKEN: "\${{secrets.hub}}" }
  review:
    type: gate
    display_name: Review
    message: Look.
    approvers: [ada]
    quorum: 2
    exclude_submitter: true
    timeout: 600
    on_timeout: skip
    after: [one]
    inputs: { model: "\${{parent.jobs.one.outputs.model}}", alpha: "\${{parent.inputs.alpha}}" }
  many:
    component: *train
    inputs:
      rows: { type: uri_file, path: "azureml:rides:2" }
      kind: \${{parent.inputs.region}}-b
    when: \${{parent.jobs.one.outputs.rmse}} < 60
    after: [review]
    distribution: { type: pytorch, process_count_per_instance: 2 }
    resources: { instance_count: 2 }
  score:
    type: parallel
    task:
      type: run_function
      code: ./src
      entry_script: score.py
      program_arguments: --fast
      environment: { conda_file: ./conda.yml }
      append_row_to: \${{outputs.scores}}
    input_data: \${{inputs.rows}}
    mini_batch_size: 10kb
    partition_keys: [region]
    resources: { instance_count: 2 }
    max_concurrency_per_instance: 3
    error_threshold: 4
    mini_batch_error_threshold: 5
    logging_level: debug
    retry_settings: { max_retries: 1, timeout: 9 }
    inputs: { rows: { type: uri_folder, path: ./folder } }
    outputs: { scores: { type: uri_folder } }
`;
  expect(await fromTypeScript(pipeline)).toEqual(await fromYaml(yaml));
});

it("is the same definition with every kind of environment and of files", async () => {
  const look = (environment?: Parameters<typeof defineComponent>[0]["environment"]) =>
    defineComponent({ command: "look ${{inputs.files}}", environment, inputs: { files: "uri_folder" } });
  const environments = {
    none: undefined,
    named: "science:1",
    newest: "science",
    conda: { condaFile: "conda.yml" },
    wheels: { condaFile: "wheels.yml" },
    image: { image: "python:3.12", condaFile: "conda.yml" },
    requirements: { requirementsFile: "envs/requirements.txt", python: "3.12" },
    unpinned: { requirementsFile: "envs/base.txt" },
    uv: { uvProject: "uv" },
    built: { build: { context: "image" } },
    other: { build: { context: "image", dockerfile: "build/Other" } },
  };
  const files = [
    ...[local("folder"), url("https://example.org/rows/")],
    ...[data("rides", { label: "latest" }), model("rides", { alias: "champion" })],
  ];
  const pipeline = definePipeline({
    displayName: "job",
    experiment: "e",
    steps: () => ({
      steps: Object.fromEntries(
        Object.entries(environments).map(([name, environment], index) => [
          name,
          look(environment)({ files: files[index % files.length]! }),
        ]),
      ),
    }),
  });
  const written = {
    ...{ none: null, named: "azureml:science:1", newest: "azureml:science@latest" },
    ...{ conda: { conda_file: "./conda.yml" }, wheels: { conda_file: "./wheels.yml" } },
    image: { image: "python:3.12", conda_file: "./conda.yml" },
    requirements: { requirements_file: "./envs/requirements.txt", python_version: "3.12" },
    unpinned: { requirements_file: "./envs/base.txt" },
    uv: { uv_project: "./uv" },
    built: { build: { path: "./image" } },
    other: { build: { path: "./image", dockerfile_path: "build/Other" } },
  };
  const paths = ["./folder", "https://example.org/rows/", "azureml:rides@latest", "azureml:rides@champion"];
  const jobs = Object.entries(written).map(([name, environment], index) => {
    const path = paths[index % paths.length]!;
    const type = path.endsWith("champion") ? "mlflow_model" : "uri_folder";
    const input = JSON.stringify({ type, path });
    const component = JSON.stringify({
      ...{ type: "command", command: "look ${{inputs.files}}", inputs: { files: { type: "uri_folder" } } },
      ...(environment ? { environment } : {}),
    });
    return `  ${name}: { component: ${component}, inputs: { files: ${input} } }\n`;
  });
  const yaml = `type: pipeline\ndisplay_name: job\nexperiment_name: e\njobs:\n${jobs.join("")}`;
  expect(await fromTypeScript(pipeline)).toEqual(await fromYaml(yaml));
});

it("is the same definition with sweeps and loops", async () => {
  const forest = defineComponent({
    command:
      "fit --alpha ${{inputs.alpha}} --rows ${{inputs.rows}} $[[--seed ${{inputs.seed}}]] --out ${{outputs.out}}",
    inputs: {
      rows: "uri_folder",
      alpha: { type: "number", default: 0.5 },
      depth: { type: "integer", default: 3, max: 9 },
      seed: { type: "integer", optional: true },
    },
    outputs: { out: "uri_folder" },
  });
  const region = defineComponent({
    command: "region ${{inputs.region}} ${{inputs.year}} ${{inputs.rows}}",
    inputs: { region: "string", year: { type: "integer", default: 2024 }, rows: "uri_folder" },
    outputs: { out: "uri_folder" },
    maxRetries: 1,
  });
  const list = defineComponent({ command: "list", outputs: { items: "uri_file", rows: "uri_folder" } });
  const both = defineBody({
    inputs: { region: "string", rows: "uri_folder" },
    steps({ region: name, rows }) {
      const first = region({ region: name, rows });
      const second = forest({ rows: first.outputs.out }, { after: [first], timeoutSeconds: 60 });
      return { steps: { first, second }, outputs: { out: second.outputs.out } };
    },
  });
  const pipeline = definePipeline({
    displayName: "job",
    experiment: "e",
    compute: "big",
    steps() {
      const listed = list({});
      const { rows } = listed.outputs;
      const tuned = sweep(
        forest,
        {
          searchSpace: { alpha: { type: "loguniform", min: -6, max: 0 }, depth: { type: "choice", values: [2, 4] } },
          objective: { goal: "minimize", primaryMetric: "rmse" },
          sampling: { type: "random", rule: "sobol", seed: 7 },
          earlyTermination: { type: "bandit", slackFactor: 0.1, evaluationInterval: 2, delayEvaluation: 5 },
          limits: { maxTotalTrials: 30, maxConcurrentTrials: 4, timeoutSeconds: 600, trialTimeoutSeconds: 60 },
        },
        { rows },
        { displayName: "Tune", resources: { cpus: 2 } },
      );
      const records = [
        { region: "north", year: 2023 },
        { region: "south", year: 2024 },
      ];
      const each = forEach(region, { of: records, maxConcurrent: 3 }, { rows }, { displayName: "Each" });
      const open = forEach(region, { item: "region", of: listed.outputs.items }, { rows, year: 2025 });
      const several = forEach(both, { of: [{ region: "north" }] }, { rows }, { after: [each] });
      return { steps: { listed, tuned, each, open, several }, outputs: { all: several.outputs.out } };
    },
  });
  const component = `
      type: command
      command: region \${{inputs.region}} \${{inputs.year}} \${{inputs.rows}}
      inputs:
        region: { type: string }
        year: { type: integer, default: 2024 }
        rows: { type: uri_folder }
      outputs: { out: { type: uri_folder } }`;
  const yaml = `
type: pipeline
display_name: job
experiment_name: e
settings: { default_compute: big }
outputs: { all: { type: uri_folder } }
jobs:
  listed:
    command: list
    outputs: { items: { type: uri_file }, rows: { type: uri_folder } }
  tuned:
    type: sweep
    display_name: Tune
    resources: { cpus: 2 }
    trial: &fit
      type: command
      command: fit --alpha \${{inputs.alpha}} --rows \${{inputs.rows}} $[[--seed \${{inputs.seed}}]] --out \${{outputs.out}}
      inputs:
        rows: { type: uri_folder }
        alpha: { type: number, default: 0.5 }
        depth: { type: integer, default: 3, max: 9 }
        seed: { type: integer, optional: true }
      outputs: { out: { type: uri_folder } }
    search_space:
      alpha: { type: loguniform, min_value: -6, max_value: 0 }
      depth: { type: choice, values: [2, 4] }
    objective: { goal: minimize, primary_metric: rmse }
    sampling_algorithm: { type: random, rule: sobol, seed: 7 }
    early_termination: { type: bandit, slack_factor: 0.1, evaluation_interval: 2, delay_evaluation: 5 }
    limits: { max_total_trials: 30, max_concurrent_trials: 4, timeout: 600, trial_timeout: 60 }
    inputs: { rows: "\${{parent.jobs.listed.outputs.rows}}" }
  by_record:
    component: &region ${component}
    retry_settings: { max_retries: 1 }
    inputs: { rows: "\${{parent.jobs.listed.outputs.rows}}" }
  each:
    type: parallel_for
    display_name: Each
    body: \${{parent.jobs.by_record}}
    items: [{ region: north, year: 2023 }, { region: south, year: 2024 }]
    max_concurrency: 3
  by_item:
    component: *region
    retry_settings: { max_retries: 1 }
    inputs: { rows: "\${{parent.jobs.listed.outputs.rows}}", year: 2025 }
  open:
    type: parallel_for
    body: \${{parent.jobs.by_item}}
    items: \${{parent.jobs.listed.outputs.items}}
  both:
    type: pipeline
    inputs: { rows: { type: uri_folder, path: "\${{parent.jobs.listed.outputs.rows}}" }, region: north }
    outputs: { out: { type: uri_folder } }
    jobs:
      first:
        component: *region
        retry_settings: { max_retries: 1 }
        inputs: { rows: "\${{parent.inputs.rows}}", region: "\${{parent.inputs.region}}" }
      second:
        component: *fit
        after: [first]
        limits: { timeout: 60 }
        inputs: { rows: "\${{parent.jobs.first.outputs.out}}" }
        outputs: { out: "\${{parent.outputs.out}}" }
  several:
    type: parallel_for
    after: [each]
    body: \${{parent.jobs.both}}
    items: [{ region: north }]
    outputs: { out: "\${{parent.outputs.all}}" }
`;
  expect(await fromTypeScript(pipeline)).toEqual(await fromYaml(yaml));
});
