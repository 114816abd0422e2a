import {
  boolean,
  entries,
  fields,
  ignored,
  integer,
  mapping,
  noEffect,
  number,
  oneOf,
  raw,
  scalar,
  text,
} from "./fields.ts";
import { about, readOnly } from "./schema.ts";

const common = { ...readOnly, ...about, type: text, name: text };
const versioned = {
  ...{ ...common, version: text, stage: ignored, datastore: ignored, latest_version: ignored },
  ...{ auto_delete_setting: noEffect, intellectual_property: noEffect },
};

export const dataShape = { ...versioned, path: scalar, skip_validation: ignored };
export const modelShape = {
  ...versioned,
  path: scalar,
  flavors: ignored,
  job_name: ignored,
  utc_time_created: ignored,
  system_metadata: ignored,
  isArchived: ignored,
  variantInfo: ignored,
  default_deployment_template: noEffect,
  allowed_deployment_templates: noEffect,
};

/** Credentials are read over: this server would not need them, and a definition is no place for them. */
const credentials = { credentials: noEffect };
export const datastoreShapes = {
  local: { ...common, path: text },
  azure_blob: {
    ...{ ...common, ...credentials, account_name: text, container_name: text },
    ...{ endpoint: text, protocol: text, resource_group: text, subscription_id: text },
  },
  azure_file: {
    ...{ ...common, ...credentials, account_name: text, file_share_name: text },
    ...{ endpoint: text, protocol: text, resource_group: text, subscription_id: text },
  },
  azure_data_lake_gen1: { ...common, ...credentials, store_name: text, resource_group: text, subscription_id: text },
  azure_data_lake_gen2: {
    ...{ ...common, ...credentials, account_name: text, filesystem: text },
    ...{ endpoint: text, protocol: text, resource_group: text, subscription_id: text },
  },
  one_lake: {
    ...{ ...common, ...credentials, one_lake_workspace_name: text, endpoint: text },
    artifact: fields("artifact", { name: text, type: ignored }),
  },
  hdfs: { ...common, ...credentials, name_node_address: text, hdfs_server_certificate: noEffect, protocol: text },
};

/** What machines there are is not for a file to say; the name and the number of machines count. */
export const computeShape = {
  /** Not in Azure ML: what may run at once, whether only agents of its own serve it, whether containers reach the network. */
  limits: fields("limits", {
    steps: integer(0, 1_000_000),
    cpus: number(0, 1_000_000),
    memory_mb: integer(0, 1_000_000_000),
    gpus: number(0, 1_000_000),
  }),
  dedicated: boolean,
  network: boolean,
  ...{ ...common, location: noEffect, size: noEffect, tier: noEffect, identity: noEffect, resource_id: noEffect },
  ...{ min_instances: noEffect, max_instances: integer(0, 1_000_000), idle_time_before_scale_down: noEffect },
  ...{ idle_time_before_shutdown: noEffect, idle_time_before_shutdown_minutes: noEffect, schedules: noEffect },
  ...{ ssh_settings: noEffect, ssh_public_access_enabled: noEffect, network_settings: noEffect },
  ...{ create_on_behalf_of: noEffect, setup_scripts: noEffect, enable_node_public_ip: noEffect, namespace: noEffect },
  ...{ vnet_name: noEffect, subnet: noEffect, custom_applications: noEffect, enable_sso: noEffect },
  ...{ enable_root_access: noEffect, enable_os_patching: noEffect, release_quota_on_stop: noEffect },
  ...{ node_count: noEffect, node_family: noEffect, node_size: noEffect, spark_version: noEffect },
  ...{ scale_settings: noEffect, auto_pause_settings: noEffect, provisioning_state: ignored, state: ignored },
  ...{
    image_metadata: ignored,
    last_operation: ignored,
    services: ignored,
    enable_batch: noEffect,
    extension_name: noEffect,
    compute_location: noEffect,
    ssh_port: noEffect,
    provisioning_errors: ignored,
    created_on: ignored,
    os_image_metadata: ignored,
  },
};

/** Two pages of Azure's documentation name the same fields differently; files have either. */
const pattern = fields("the times of a recurrence", {
  hours: raw,
  minutes: raw,
  weekdays: raw,
  week_days: raw,
  month_days: raw,
});
export const triggerShape = {
  type: oneOf(["recurrence", "cron"]),
  frequency: oneOf(["minute", "hour", "day", "week", "month"]),
  interval: integer(1, 10_000),
  schedule: pattern,
  pattern,
  expression: text,
  start_time: text,
  end_time: text,
  time_zone: text,
  timezone: text,
};

export const scheduleShape = {
  ...common,
  is_enabled: boolean,
  trigger: mapping,
  create_job: raw,
  create_monitor: raw,
  import_data: raw,
  provisioning_state: ignored,
};

/** A job that a schedule starts, with what it says over it. */
export const scheduledJobShape = {
  ...{ ...common, job: scalar, inputs: entries, outputs: noEffect, settings: noEffect, experiment_name: noEffect },
  ...{ compute: noEffect, identity: noEffect, jobs: ignored, version: ignored, services: noEffect },
  ...{ environment: noEffect, environment_variables: noEffect, resources: noEffect, distribution: noEffect },
  ...{ limits: noEffect, queue_settings: noEffect, conf: noEffect, parameters: ignored, parent_job_name: ignored },
};
