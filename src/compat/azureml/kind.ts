import { didYouMean } from "../../contract/suggest.ts";
import type { MapNode } from "./document.ts";
import type { At, Issues } from "./issues.ts";

/** The kinds of job and step that are translated. */
const supported = ["command", "pipeline"] as const;
export type JobKind = (typeof supported)[number];

/** The rest of the language, recognised so that it is refused by its name. */
const known: Record<string, string> = {
  sweep: "sweep",
  parallel: "parallel",
  spark: "spark",
  automl: "AutoML",
  import: "import",
  data_transfer: "data transfer",
  finetuning: "fine-tuning",
  custom_model_finetuning: "fine-tuning",
  azure_openai_finetuning: "fine-tuning",
  if_else: "if_else",
  do_while: "do_while",
  parallel_for: "parallel_for",
  promptflow_parallel: "prompt flow",
};

/** Files of the language that are not jobs, by the name in their `$schema`. */
const others: Record<string, string> = {
  commandComponent: "a component",
  pipelineComponent: "a component",
  sparkComponent: "a component",
  parallelComponent: "a component",
  data: "a data asset",
  environment: "an environment",
  model: "a model",
  schedule: "a schedule",
  monitorSchedule: "a monitor",
  managedOnlineEndpoint: "an endpoint",
  managedOnlineDeployment: "a deployment",
  batchEndpoint: "a batch endpoint",
  modelBatchDeployment: "a batch deployment",
  workspace: "a workspace",
  computeInstance: "a compute",
  amlCompute: "a compute",
};

/** What a whole file is; undefined, and an issue, when it is not a job that can be translated. */
export function jobKind(root: MapNode, issues: Issues): JobKind | undefined {
  const schema = schemaName(root);
  const other = schema !== undefined && Object.hasOwn(others, schema) ? others[schema] : undefined;
  if (other) {
    issues.add(
      root.entries.get("$schema")!.at,
      `this file is ${other}, not a job`,
      "Give the file of a command job or a pipeline job.",
    );
    return undefined;
  }
  const foreign = foreignShape(root);
  if (foreign) {
    issues.add(root.at, `this file is ${foreign}, not a job of Azure ML`);
    return undefined;
  }
  const bySchema = schema?.endsWith("Job") ? schema.slice(0, -"Job".length).toLowerCase() : undefined;
  return checkKind(writtenType(root) ?? { value: bySchema ?? kindByShape(root), at: root.at }, "job", issues);
}

/** Is a step one that waits for people? */
export const isGate = (step: MapNode): boolean => writtenType(step)?.value === "gate";

/** What a step of a pipeline is: only commands for now. */
export function isCommandStep(step: MapNode, issues: Issues): boolean {
  const written = writtenType(step) ?? { value: kindByShape(step), at: step.at };
  if (written.value === "pipeline") {
    issues.add(written.at, "pipeline steps (nested pipeline components) are not supported yet");
    return false;
  }
  return checkKind(written, "step", issues) !== undefined;
}

/** Is this file a command component? */
export function isCommandComponent(root: MapNode, issues: Issues): boolean {
  const schema = schemaName(root);
  const bySchema = schema?.endsWith("Component") ? schema.slice(0, -"Component".length).toLowerCase() : undefined;
  const written = writtenType(root) ?? { value: bySchema ?? kindByShape(root), at: root.at };
  if (schema?.endsWith("Job")) {
    issues.add(root.entries.get("$schema")!.at, "this file is a job, not a component");
    return false;
  }
  if (written.value === "pipeline") {
    issues.add(written.at, "pipeline components are not supported yet");
    return false;
  }
  return checkKind(written, "component", issues) !== undefined;
}

function checkKind(
  written: { value: string; at: At },
  noun: "job" | "step" | "component",
  issues: Issues,
): JobKind | undefined {
  const kind = supported.find((candidate) => candidate === written.value);
  if (kind) return kind;
  const name = Object.hasOwn(known, written.value) ? known[written.value] : undefined;
  if (name) issues.add(written.at, `${name} ${noun}s are not supported yet`);
  else
    issues.add(
      written.at,
      `there is no ${noun} of type "${written.value}"`,
      didYouMean(written.value, [...supported, ...Object.keys(known)]),
    );
  return undefined;
}

function writtenType(node: MapNode): { value: string; at: At } | undefined {
  const type = node.entries.get("type")?.node;
  return type?.kind === "scalar" && type.value !== null
    ? { value: type.text.trim().toLowerCase(), at: type.at }
    : undefined;
}

function kindByShape(node: MapNode): string {
  if (node.entries.has("jobs")) return "pipeline";
  if (node.entries.has("trial") || node.entries.has("search_space")) return "sweep";
  if (node.entries.has("mini_batch_size") || node.entries.has("input_data")) return "parallel";
  if (node.entries.has("entry")) return "spark";
  return "command";
}

/** Files of other tools that have fields of the same names, and would give a page of misleading issues. */
function foreignShape(root: MapNode): string | undefined {
  const has = (name: string): boolean => root.entries.has(name);
  if (has("jobs") && has("on")) return "a GitHub Actions workflow";
  if (has("stages") || (has("trigger") && (has("pool") || has("steps")))) return "an Azure Pipelines file";
  return has("dependencies") && !has("command") ? "a conda file" : undefined;
}

function schemaName(node: MapNode): string | undefined {
  const schema = node.entries.get("$schema")?.node;
  return schema?.kind === "scalar" ? /([A-Za-z]+)\.schema\.json/.exec(schema.text)?.[1] : undefined;
}
