import {
  boolean,
  entries,
  fields,
  ignored,
  integer,
  names,
  number,
  oneOf,
  raw,
  refused,
  scalar,
  scalars,
  text,
  textByName,
} from "./fields.ts";

const maxSeconds = 30 * 86_400;

/** What Azure ML fills in itself, or what concerns only its portal; exported files carry it. */
const readOnly = { $schema: ignored, id: ignored, creation_context: ignored, status: ignored, log_files: ignored };

/** Where to run, as whom, what it costs: no meaning on the machine that Trainyard runs on. */
const placement = { compute: ignored, identity: ignored, services: ignored, queue_settings: ignored };

const about = { display_name: text, description: text, tags: textByName, properties: ignored };

const resources = fields("resources", {
  instance_count: integer(1, 10_000),
  max_instance_count: ignored,
  instance_type: ignored,
  instance_types: ignored,
  locations: ignored,
  shm_size: ignored,
  docker_args: ignored,
  properties: ignored,
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

/** How a command is run, which a job or step says and a component does not. */
const running = {
  /** `queue_timeout` is not in Azure ML: how long it may wait for an agent. */
  limits: fields("limits", { timeout: integer(1, maxSeconds), queue_timeout: integer(1, maxSeconds) }),
  /** The waits between attempts, in seconds, are not in Azure ML. */
  retry_settings: fields("retry_settings", {
    max_retries: integer(0, 10),
    timeout: integer(1, maxSeconds),
    delay: number(0, 86_400),
    backoff: number(1, 100),
    max_delay: number(0, 86_400),
  }),
  /** Not in Azure ML: older results are not reused; run in any case. */
  max_age_seconds: integer(0, 100 * 365 * 86_400),
  force_rerun: boolean,
};

const ports = { inputs: entries, outputs: entries };

export const commandJobShape = {
  ...readOnly,
  ...about,
  ...placement,
  ...command,
  ...running,
  ...ports,
  type: text,
  name: text,
  experiment_name: text,
  parameters: ignored,
  parent_job_name: ignored,
};

export const pipelineJobShape = {
  ...readOnly,
  ...about,
  ...placement,
  ...ports,
  type: text,
  name: text,
  experiment_name: text,
  settings: fields("settings", {
    default_compute: ignored,
    default_datastore: ignored,
    default_data_store: ignored,
    /** Misspelled in a published sample, where it has no effect either. */
    default_datestore: ignored,
    continue_on_step_failure: boolean,
    force_rerun: boolean,
    on_init: refused("an initialising step is"),
    on_finalize: refused("a finalising step is"),
  }),
  jobs: entries,
  /** Not in Azure ML: of the whole job. */
  limits: fields("limits", { timeout: integer(1, maxSeconds) }),
  component: refused("a pipeline component as a job is", 'Write the steps under "jobs".'),
};

/** Not in Azure ML: the order of steps without data between them, and whether a step is done at all. */
const order = { after: names, when: scalar };

export const stepShape = {
  ...readOnly,
  ...about,
  ...placement,
  ...command,
  ...running,
  ...ports,
  ...order,
  type: text,
  name: ignored,
  experiment_name: ignored,
  comment: ignored,
  component: raw,
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

export const componentShape = {
  ...readOnly,
  ...about,
  ...command,
  ...ports,
  type: text,
  name: text,
  version: text,
  additional_includes: refused("additional_includes is", "Put the files into the code folder."),
};

export const environmentShape = {
  ...readOnly,
  name: text,
  version: text,
  description: ignored,
  tags: ignored,
  properties: ignored,
  os_type: oneOf(["linux", "windows"]),
  datastore: ignored,
  inference_config: ignored,
  image: text,
  conda_file: raw,
  build: refused("a Docker build context is", "Use image and conda_file."),
};

const inputModes = [
  "ro_mount",
  "rw_mount",
  "mount",
  "download",
  "direct",
  "eval_mount",
  "eval_download",
  "link",
] as const;
const outputModes = ["rw_mount", "mount", "upload", "direct", "link"] as const;

/** An input as a component declares it. */
export const inputPortShape = {
  type: text,
  description: ignored,
  optional: boolean,
  default: scalar,
  min: scalar,
  max: scalar,
  enum: scalars,
  mode: oneOf(inputModes),
};

/** An input as a job or step gives it: a declaration and a value in one. */
export const inputValueShape = {
  ...inputPortShape,
  path: scalar,
  value: scalar,
  path_on_compute: refused("path_on_compute is", "Use path."),
  datastore: ignored,
};

export const outputShape = {
  type: text,
  description: ignored,
  mode: oneOf(outputModes),
  path: scalar,
  name: text,
  version: text,
  early_available: refused("early_available is"),
};
