// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { data, defineComponent, definePipeline, gate, local, text } from "../../authoring/index.ts";
import type { Languages } from "./languages.fixture.ts";

/** All that is said of a pipeline and of how its steps are run. */
export function howStepsAreRun(): Languages {
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
          ...{ maxAgeSeconds: 86_400, forceRerun: true, deterministic: false, network: true, compute: "small" },
          resources: { cpus: 2, memoryMb: 512, gpus: 1 },
          container: { shmMb: 64, arguments: ["--pids-limit=99"] },
          environmentVariables: { LEVEL: "debug" },
          secrets: { TOKEN: "hub" },
        },
      );
      const review = gate(
        {
          ...{ message: "Look.", approvers: ["ada", "bob"], quorum: 2, excludeSubmitter: true, timeoutSeconds: 600 },
          ...{ onTimeout: "skip", inputs: { model: one.outputs.model, alpha } },
        },
        { displayName: "Review", after: [one] },
      );
      const many = train(
        { rows: data("rides", { version: "2" }), kind: text`${region}-b` },
        {
          when: { left: one.outputs.rmse, operator: "<", right: 60 },
          after: [review],
          distribution: {
            type: "tensorflow",
            instanceCount: 2,
            processesPerInstance: 2,
            workers: 3,
            parameterServers: 1,
          },
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
    force_rerun: true
    retry_settings: { max_retries: 3, delay: 10, backoff: 2, max_delay: 300 }
    limits: { timeout: 3600, queue_timeout: 600, deadline: 9000 }
    resources: { cpus: 2, memory_mb: 512, gpus: 1, shm_size: 64m, docker_args: "--pids-limit=99" }
    environment_variables: { LEVEL: debug, TOKEN: "\${{secrets.hub}}" }
  review:
    type: gate
    display_name: Review
    message: Look.
    approvers: [ada, bob]
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
    distribution: { type: tensorflow, process_count_per_instance: 2, worker_count: 3, parameter_server_count: 1 }
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
  return { pipeline, yaml };
}
