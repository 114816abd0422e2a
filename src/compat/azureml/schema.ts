import { mostItems } from "../../contract/job.ts";
import {
  boolean,
  entries,
  fields,
  ignored,
  integer,
  mapping,
  names,
  noEffect,
  number,
  oneOf,
  raw,
  refusedAs,
  scalar,
  scalars,
  tags,
  text,
  textByName,
} from "./fields.ts";

const maxSeconds = 30 * 86_400;

/** What Azure ML fills in itself, or what concerns only its portal; exported files carry it. */
export const readOnly = {
  $schema: ignored,
  id: ignored,
  creation_context: ignored,
  status: ignored,
  log_files: ignored,
  properties: ignored,
};

const queue = { queue_settings: fields("queue_settings", { job_tier: noEffect, priority: noEffect }) };

/** As whom, and what the job opens to the outside: no meaning on machines of one's own. */
const placement = {
  compute: scalar,
  identity: noEffect,
  services: noEffect,
  ...queue,
};

export const about = { display_name: text, description: text, tags };

const resources = fields("resources", {
  instance_count: integer(1, 10_000),
  max_instance_count: noEffect,
  instance_type: noEffect,
  instance_types: noEffect,
  runtime_version: text,
  locations: noEffect,
  shm_size: text,
  docker_args: raw,
  properties: noEffect,
  /** Not in Azure ML, where the instance type says it. */
  cpus: number(0.01, 10_000),
  memory_mb: integer(1, 100_000_000),
  gpus: integer(0, 1000),
});

const distribution = fields("distribution", {
  type: text,
  process_count_per_instance: integer(1, 10_000),
  worker_count: integer(0, 10_000),
  parameter_server_count: integer(0, 10_000),
  port: ignored,
  address: ignored,
  include_dashboard: ignored,
  dashboard_port: ignored,
  head_node_additional_args: ignored,
  worker_node_additional_args: ignored,
});

/** What a command job, a command step and a command component have in common. */
const command = {
  command: scalar,
  code: raw,
  environment: raw,
  environment_variables: raw,
  resources,
  distribution,
  is_deterministic: boolean,
};

/** A command that works through mini-batches: a job, step or component of type parallel. */
export const parallel = {
  code: raw,
  environment: raw,
  environment_variables: raw,
  resources,
  is_deterministic: boolean,
  task: mapping,
  input_data: scalar,
  mini_batch_size: scalar,
  partition_keys: raw,
  max_concurrency_per_instance: integer(1, 1000),
  error_threshold: integer(-1, 1_000_000_000),
  mini_batch_error_threshold: integer(-1, 1_000_000_000),
  logging_level: text,
  run_max_try: ignored,
  output_data: noEffect,
};

export const parallelTaskShape = {
  type: oneOf(["run_function", "function", "model"]),
  code: raw,
  entry_script: scalar,
  environment: raw,
  program_arguments: scalar,
  append_row_to: scalar,
  args: scalar,
  model: refusedAs("prompt flow", "a model as the task of a parallel step is"),
};

/** A program for Spark: a job, step or component of type spark. */
export const spark = {
  code: raw,
  environment: raw,
  environment_variables: raw,
  resources,
  is_deterministic: boolean,
  entry: mapping,
  args: scalar,
  conf: textByName,
  py_files: names,
  jars: names,
  files: names,
  archives: names,
  dynamic_allocation_enabled: scalar,
  dynamic_allocation_min_executors: scalar,
  dynamic_allocation_max_executors: scalar,
  driver_cores: scalar,
  driver_memory: scalar,
  executor_cores: scalar,
  executor_memory: scalar,
  executor_instances: scalar,
};

/** A command that is run many times with values from a search space. */
const sweep = {
  trial: raw,
  search_space: entries,
  sampling_algorithm: raw,
  objective: fields("objective", { goal: oneOf(["minimize", "maximize"]), primary_metric: text }),
  early_termination: mapping,
};

/** The waits between attempts, in seconds, are not in Azure ML. */
const retries = {
  max_retries: integer(0, 10),
  delay: number(0, 86_400),
  backoff: number(1, 100),
  max_delay: number(0, 86_400),
};

/** Not in Azure ML: older results are not reused; run in any case; a container may reach the network. */
const runAtAll = { max_age_seconds: integer(0, 100 * 365 * 86_400), force_rerun: boolean, network: boolean };

/** How a command is run, which a job or step says and a component does not. */
export const running = {
  /** Not in Azure ML: `queue_timeout`, how long it may wait for an agent, and `deadline`, of all attempts together. */
  limits: fields("limits", {
    timeout: integer(1, maxSeconds),
    queue_timeout: integer(1, maxSeconds),
    deadline: integer(1, maxSeconds),
  }),
  retry_settings: fields("retry_settings", { ...retries, timeout: integer(1, maxSeconds) }),
  ...runAtAll,
};

/** A sweep counts its trials in the same field; that trials are tried again is not in Azure ML. */
const sweepRunning = {
  limits: fields("limits", {
    max_total_trials: integer(1, 10_000),
    max_concurrent_trials: integer(1, 1000),
    timeout: integer(1, maxSeconds),
    trial_timeout: integer(1, maxSeconds),
  }),
  retry_settings: fields("the retry_settings of a sweep", retries),
  resources,
  ...runAtAll,
};

const ports = { inputs: entries, outputs: entries };

/** Not in Azure ML: in its workspace, a job with a higher one goes first. */
const turn = { priority: integer(-100, 100) };

/** What every job says, whatever it runs. */
const jobFields = {
  ...readOnly,
  ...about,
  ...turn,
  ...placement,
  ...ports,
  type: text,
  name: text,
  experiment_name: text,
};

export const commandJobShape = {
  ...jobFields,
  ...command,
  ...running,
  parameters: ignored,
  parent_job_name: ignored,
};
export const parallelJobShape = { ...jobFields, ...parallel, ...running };
export const sparkJobShape = { ...jobFields, ...spark, ...running };
export const sweepJobShape = { ...jobFields, ...sweep, ...sweepRunning };

export const trialShape = {
  ...readOnly,
  ...about,
  ...ports,
  ...command,
  type: text,
  name: ignored,
  version: ignored,
};

export const pipelineJobShape = {
  ...jobFields,
  settings: fields("settings", {
    default_compute: scalar,
    default_datastore: noEffect,
    default_data_store: noEffect,
    /** Misspelled in a published sample, where it has no effect either. */
    default_datestore: noEffect,
    continue_on_step_failure: boolean,
    force_rerun: boolean,
    is_deterministic: noEffect,
    on_init: refusedAs("initialising and finalising steps", "an initialising step is"),
    on_finalize: refusedAs("initialising and finalising steps", "a finalising step is"),
  }),
  jobs: entries,
  /** Not in Azure ML: of the whole job. */
  limits: fields("limits", { timeout: integer(1, maxSeconds) }),
  component: raw,
};

/** Not in Azure ML: the order of steps without data between them, and whether a step is done at all. */
const order = { after: names, when: scalar };

const stepFields = {
  ...readOnly,
  ...about,
  ...placement,
  ...ports,
  ...order,
  type: text,
  name: ignored,
  version: ignored,
  experiment_name: ignored,
  comment: ignored,
  result: ignored,
  component: raw,
};

export const stepShape = { ...stepFields, ...command, ...running };
export const parallelStepShape = { ...stepFields, ...parallel, ...running };
export const sparkStepShape = { ...stepFields, ...spark, ...running };
export const sweepStepShape = { ...stepFields, ...sweep, ...sweepRunning };
export const pipelineStepShape = {
  ...stepFields,
  jobs: entries,
  settings: noEffect,
  ...{ is_deterministic: boolean, auto_delete_setting: noEffect, latest_version: ignored },
};

/** Branches and loops of the language, as the Python SDK writes them. */
export const ifElseShape = { $schema: ignored, type: text, condition: scalar, true_block: raw, false_block: raw };
export const parallelForShape = {
  ...order,
  ...{ $schema: ignored, type: text },
  body: scalar,
  items: raw,
  outputs: entries,
  display_name: text,
  max_concurrency: integer(1, 10_000),
  /** Not in Azure ML, which has it of mini-batches: so many items may fail; -1: any number. */
  error_threshold: integer(-1, mostItems),
};

/** Not in Azure ML: a step that waits for people. */
export const gateShape = {
  ...about,
  ...order,
  type: text,
  inputs: entries,
  message: text,
  approvers: names,
  quorum: integer(1, 100),
  exclude_submitter: boolean,
  timeout: integer(1, maxSeconds),
  on_timeout: oneOf(["fail", "skip"]),
};

const componentFields = {
  ...readOnly,
  ...about,
  ...ports,
  type: text,
  name: text,
  version: text,
  is_deterministic: boolean,
  additional_includes: names,
  creator: ignored,
  latest_version: ignored,
  stage: ignored,
  deprecated: ignored,
  datastore: ignored,
  auto_delete_setting: noEffect,
  intellectual_property: noEffect,
};

export const componentShape = { ...componentFields, ...command, ...queue };
export const parallelComponentShape = { ...componentFields, ...parallel, retry_settings: running.retry_settings };
export const sparkComponentShape = { ...componentFields, ...spark, identity: noEffect };
export const pipelineComponentShape = {
  ...componentFields,
  jobs: entries,
  settings: noEffect,
  source_job_id: ignored,
};

export const environmentShape = {
  ...readOnly,
  name: text,
  version: text,
  description: ignored,
  tags: ignored,
  os_type: oneOf(["linux", "windows"]),
  datastore: ignored,
  inference_config: ignored,
  stage: ignored,
  display_name: ignored,
  latest_version: ignored,
  auto_delete_setting: noEffect,
  intellectual_property: noEffect,
  image: text,
  conda_file: raw,
  build: mapping,
  /** Not in Azure ML, which knows conda files only. */
  requirements_file: scalar,
  python_version: text,
  uv_project: scalar,
};

export const buildShape = { path: scalar, dockerfile_path: text, local_path: scalar };

/** Of inputs and outputs alike, as the schema has them for components. */
const modes = [
  ...["ro_mount", "rw_mount", "mount", "download", "upload", "direct", "eval_mount", "eval_download", "link"],
];

/** An input as a component declares it. */
export const inputPortShape = {
  type: text,
  description: ignored,
  optional: boolean,
  default: scalar,
  min: scalar,
  max: scalar,
  enum: scalars,
  mode: oneOf(modes),
  /** Exported components carry it. */
  datastore: ignored,
};

/** An input as a job or step gives it: a declaration and a value in one. */
export const inputValueShape = {
  ...inputPortShape,
  path: scalar,
  value: scalar,
  path_on_compute: noEffect,
};

export const outputShape = {
  ...{ $schema: ignored, type: text },
  description: ignored,
  mode: oneOf(modes),
  path: scalar,
  name: text,
  version: text,
  early_available: refusedAs("early_available", "early_available is"),
  /** The output is a value that later steps may be decided by; its type says so. */
  is_control: ignored,
};
