import { closest } from "../../contract/suggest.ts";
import type { MapNode } from "./document.ts";
import type { Refusal } from "./issues.ts";

/** The kinds of job, and of steps and components that do the same. */
export const jobKinds = ["command", "pipeline", "sweep", "parallel", "spark"] as const;
export type JobKind = (typeof jobKinds)[number];

/** What a file of the language defines, besides jobs and components. */
export const assetKinds = ["data", "environment", "model", "datastore", "compute", "schedule"] as const;
export type AssetKind = (typeof assetKinds)[number];

/** What a file is: something that is taken, something of Azure that is known by name, or something else altogether. */
export type FileKind =
  | { is: "job" | "component"; type: JobKind }
  | { is: AssetKind }
  /** Part of the language, or of Azure ML, and not taken. `name` completes "… is not supported yet". */
  | { is: "refused"; name: string; refusal: Refusal }
  /** A file of something else. */
  | { is: "foreign"; name: string }
  /** Nothing says what it is. */
  | { is: "unknown" };

/** The rest of the language's types, by the word that files write. */
export const refusedTypes: Record<string, Refusal> = {
  automl: "AutoML",
  import: "import",
  data_transfer: "data transfer",
  finetuning: "fine-tuning",
  custom_model_finetuning: "fine-tuning",
  azure_openai_finetuning: "fine-tuning",
  distillation: "distillation",
  do_while: "do_while",
  promptflow_parallel: "prompt flow",
  promptflow: "prompt flow",
};

const refusedSchemas: Record<string, [name: string, refusal: Refusal]> = {
  managedonlineendpoint: ["an online endpoint", "endpoints"],
  kubernetesonlineendpoint: ["an online endpoint", "endpoints"],
  onlineendpoint: ["an online endpoint", "endpoints"],
  managedonlinedeployment: ["an online deployment", "endpoints"],
  kubernetesonlinedeployment: ["an online deployment", "endpoints"],
  onlinedeployment: ["an online deployment", "endpoints"],
  batchendpoint: ["a batch endpoint", "endpoints"],
  batchdeployment: ["a batch deployment", "endpoints"],
  modelbatchdeployment: ["a batch deployment", "endpoints"],
  pipelinecomponentbatchdeployment: ["a batch deployment", "endpoints"],
  serverlessendpoint: ["a serverless endpoint", "endpoints"],
  marketplacesubscription: ["a marketplace subscription", "resources of Azure"],
  deploymenttemplate: ["a deployment template", "endpoints"],
  modelversionpackage: ["a model package", "endpoints"],
  modelpackage: ["a model package", "endpoints"],
  dataimport: ["a data import", "data import"],
  workspace: ["a workspace of Azure", "resources of Azure"],
  hub: ["a workspace of Azure", "resources of Azure"],
  project: ["a workspace of Azure", "resources of Azure"],
  registry: ["a registry of Azure", "resources of Azure"],
  connection: ["a connection of Azure", "resources of Azure"],
  workspaceconnection: ["a connection of Azure", "resources of Azure"],
  featurestore: ["a feature store", "resources of Azure"],
  featurestoreentity: ["a feature store", "resources of Azure"],
  featureset: ["a feature store", "resources of Azure"],
  index: ["a search index", "resources of Azure"],
  capabilityhost: ["a capability host", "resources of Azure"],
  flow: ["prompt flow", "prompt flow"],
  flex: ["prompt flow", "prompt flow"],
  prompty: ["prompt flow", "prompt flow"],
  run: ["prompt flow", "prompt flow"],
};

const assetSchemas: Record<string, AssetKind> = {
  data: "data",
  dataset: "data",
  environment: "environment",
  model: "model",
  datastore: "datastore",
  azureblob: "datastore",
  azurefile: "datastore",
  azuredatalakegen1: "datastore",
  azuredatalakegen2: "datastore",
  onelake: "datastore",
  hdfs: "datastore",
  compute: "compute",
  amlcompute: "compute",
  computeinstance: "compute",
  vmcompute: "compute",
  virtualmachinecompute: "compute",
  kubernetescompute: "compute",
  synapsesparkcompute: "compute",
  schedule: "schedule",
  jobschedule: "schedule",
  monitorschedule: "schedule",
};

const dataTypes = ["uri_file", "uri_folder", "mltable"];
const modelTypes = ["custom_model", "mlflow_model", "triton_model"];
const datastoreTypes = ["azure_blob", "azure_file", "azure_data_lake_gen1", "azure_data_lake_gen2", "one_lake", "hdfs"];
/** Trainyard's own. */
const ownComputeTypes = ["local", "container"];
const computeTypes = [
  "amlcompute",
  "computeinstance",
  "virtualmachine",
  "kubernetes",
  "synapsespark",
  ...ownComputeTypes,
];

/** What a file is, by its `$schema`, its `type` and the fields that it has. */
export function fileKind(root: MapNode): FileKind {
  return bySchema(root) ?? byFields(root);
}

/** The part of `$schema` that says what the file is, in lower case: `commandjob`. */
export function schemaName(root: MapNode): string | undefined {
  const schema = root.entries.get("$schema")?.node;
  if (schema?.kind !== "scalar") return undefined;
  return /([A-Za-z]+)(?:\.schema)?\.json\b/.exec(schema.text.split("/").at(-1) ?? "")?.[1]?.toLowerCase();
}

/** The word of the `type` field, in lower case. */
export function typeWord(root: MapNode): string | undefined {
  const type = root.entries.get("type")?.node;
  return type?.kind === "scalar" && type.value !== null ? type.text.trim().toLowerCase() : undefined;
}

function bySchema(root: MapNode): FileKind | undefined {
  const schema = schemaName(root);
  if (schema === undefined) return undefined;
  if (Object.hasOwn(assetSchemas, schema)) return { is: assetSchemas[schema]! };
  if (Object.hasOwn(refusedSchemas, schema)) return refusedFile(...refusedSchemas[schema]!);
  const [, stem = "", noun] = /^(\w*?)(job|component)$/.exec(schema) ?? [];
  if (noun === undefined) return undefined;
  // Azure never reads what the schema says; copied files have that of another kind. A job has no version.
  const is = root.entries.has("version") && root.entries.has("name") ? "component" : (noun as "job" | "component");
  return jobOrComponent(is, typeWord(root) ?? underscored(stem), root);
}

const refusedFile = (name: string, refusal: Refusal): FileKind => ({ is: "refused", name, refusal });

const underscored = (stem: string): string =>
  ({ datatransfer: "data_transfer", importdatatransfer: "data_transfer", flow: "promptflow" })[stem] ?? stem;

function jobOrComponent(is: "job" | "component", type: string, root: MapNode): FileKind {
  const kind = jobKinds.find((candidate) => candidate === type);
  if (kind) return { is, type: kind };
  const refusal = Object.hasOwn(refusedTypes, type) ? refusedTypes[type] : undefined;
  if (refusal) return refusedFile(`${refusal} ${is}s`, refusal);
  return { is, type: kindByShape(root) };
}

/** What a job, step or component without a `type` is. */
export function kindByShape(node: MapNode): JobKind {
  const has = (name: string): boolean => node.entries.has(name);
  if (has("jobs")) return "pipeline";
  if (has("trial") || has("search_space")) return "sweep";
  if (has("mini_batch_size") || has("input_data")) return "parallel";
  return has("entry") ? "spark" : "command";
}

function byFields(root: MapNode): FileKind {
  const foreign = foreignShape(root);
  if (foreign) return { is: "foreign", name: foreign };
  const has = (...names: string[]): boolean => names.every((name) => root.entries.has(name));
  const isScalar = (name: string): boolean => root.entries.get(name)?.node.kind === "scalar";
  const isMap = (name: string): boolean => root.entries.get(name)?.node.kind === "map";
  const type = typeWord(root) ?? "";
  if (dataTypes.includes(type)) return { is: "data" };
  if (modelTypes.includes(type)) return { is: "model" };
  if (datastoreTypes.includes(type) || (type === "local" && has("path"))) return { is: "datastore" };
  if (computeTypes.includes(type)) return { is: "compute" };
  if (has("create_job") || has("create_monitor")) return { is: "schedule" };
  if (has("import_data") || has("source", "datastore")) return refusedFile("a data import", "data import");
  if (has("endpoint_name")) return refusedFile("an online deployment", "endpoints");
  if (has("auth_mode")) return refusedFile("an online endpoint", "endpoints");
  if (has("model_id", "name") && !has("command")) return refusedFile("a serverless endpoint", "endpoints");
  if (has("target", "credentials") || has("target", "type"))
    return refusedFile("a connection of Azure", "resources of Azure");
  if (has("managed_network") || has("replication_locations"))
    return refusedFile(has("managed_network") ? "a workspace of Azure" : "a registry of Azure", "resources of Azure");
  if (has("training_data", "task") || has("teacher_model_endpoint_connection")) return refusedJob(type);
  const known = jobKinds.some((kind) => kind === type) || Object.hasOwn(refusedTypes, type);
  if (known || has("command") || has("jobs") || has("trial"))
    return jobOrComponent(isComponent(root) ? "component" : "job", type, root);
  if (["conda_file", "requirements_file", "uv_project"].some((name) => has(name))) return { is: "environment" };
  if (isScalar("image") || isMap("build")) return { is: "environment" };
  if (has("path") && (has("name") || has("type")) && mayBeData(type)) return { is: "data" };
  return { is: "unknown" };
}

/** A word that is none of the types may be one that is misspelled, and may be that of something else with a path. */
const mayBeData = (type: string): boolean => type === "" || closest(type, dataTypes) !== undefined;

function refusedJob(type: string): FileKind {
  const refusal = refusedTypes[type] ?? "fine-tuning";
  return refusedFile(`${refusal} jobs`, refusal);
}

/** A component declares what a job gives: types without values, and its own version. */
function isComponent(root: MapNode): boolean {
  const has = (name: string): boolean => root.entries.has(name);
  if (has("experiment_name") || has("compute") || has("settings") || has("limits")) return false;
  if (has("version") || has("is_deterministic")) return true;
  const inputs = root.entries.get("inputs")?.node;
  if (inputs?.kind !== "map" || inputs.entries.size === 0) return false;
  return [...inputs.entries.values()].every(
    ({ node }) => node.kind === "map" && !node.entries.has("path") && !node.entries.has("value"),
  );
}

/** Pipelines of Azure DevOps, and templates of their stages, jobs and steps, which are lists. */
function isAzurePipelines(root: MapNode): boolean {
  const isList = (name: string): boolean => root.entries.get(name)?.node.kind === "list";
  if (["stages", "jobs", "steps"].some(isList) || root.entries.has("stages")) return true;
  const has = (name: string): boolean => root.entries.has(name);
  return has("trigger") && (has("pool") || has("steps"));
}

/** Files of other tools that have fields of the same names, and would give a page of misleading issues. */
function foreignShape(root: MapNode): string | undefined {
  const has = (name: string): boolean => root.entries.has(name);
  if (has("jobs") && has("on")) return "a GitHub Actions workflow";
  if (isAzurePipelines(root)) return "an Azure Pipelines file";
  if (has("dependencies") && !has("command")) return "a conda file";
  if (has("flavors") && has("artifact_path")) return "an MLmodel file";
  if (has("apiVersion") && has("kind")) return "a Kubernetes manifest";
  if (has("services") && !has("type") && !has("command")) return "a compose file";
  if (has("sphinx") || has("mkdocs") || (has("build") && has("formats"))) return "a file of Read the Docs";
  return has("python") && has("build_dependencies") ? "a python_env file of MLflow" : undefined;
}
