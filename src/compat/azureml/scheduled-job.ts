import type { AssetFile } from "../../contract/asset-file.ts";
import { lateNames, problemOfLate } from "../../contract/late-value.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { scheduledJobShape } from "./asset-schema.ts";
import type { Context } from "./context.ts";
import { describe, type MapEntry, type MapNode, type Node, type ScalarNode, scalarAt } from "./document.ts";
import { hasExpression } from "./expression.ts";
import { readFields } from "./fields.ts";
import type { Issues } from "./issues.ts";
import { defineJob } from "./job.ts";
import { parseReference } from "./reference.ts";

type ScheduledJob = Pick<Extract<AssetFile, { kind: "schedule" }>, "job" | "inputs">;

/** The job of a schedule: a registered one, a file or one in place, with what the schedule says over it. */
export async function readScheduledJob(
  node: Node,
  context: Context,
  trigger: Trigger["type"] = "cron",
): Promise<ScheduledJob | undefined> {
  const { issues } = context;
  if (node.kind === "list") {
    issues.add(node.at, '"create_job" must be a job or a mapping, but it is a list');
    return undefined;
  }
  const over: MapNode = node.kind === "map" ? node : { kind: "map", entries: new Map(), at: node.at };
  const written = node.kind === "scalar" ? node : node.entries.get("job")?.node;
  if (!written) return inPlace(over, context);
  if (written.kind !== "scalar") {
    issues.add(written.at, `"job" must be a file or the name of a job, but it is ${describe(written)}`);
    return undefined;
  }
  const reference = parseReference(written.text);
  if (reference.kind === "asset") {
    const { inputs } = readFields(over, "the job of a schedule", scheduledJobShape, issues);
    await context.requirePipeline(written.at, reference.name, reference.version);
    const values = valuesOf(inputs ?? []);
    for (const value of values.values()) checkNames(value, trigger, issues);
    return {
      job: { name: reference.name, version: reference.version ?? null },
      inputs: Object.fromEntries([...values].map(([name, { text }]) => [name, text])),
    };
  }
  if (reference.kind === "local") return fromFile(reference.path, written, over, { context, trigger });
  issues.add(written.at, `"${written.text}" is not a job`, "Write azureml:<name>:<version>, or ./pipeline.yml.");
  return undefined;
}

async function inPlace(root: MapNode, context: Context): Promise<ScheduledJob | undefined> {
  const isJob = ["jobs", "command", "component", "entry", "trial", "task"].some((field) => root.entries.has(field));
  if (!isJob) {
    context.issues.add(root.at, 'the job of a schedule needs the field "job"');
    return undefined;
  }
  const definition = await defineJob(root, root.at.file, context);
  return definition && { job: { definition }, inputs: {} };
}

/** A job file is read as a whole, so that what is wrong with it shows now and not when the schedule is due. */
async function fromFile(
  path: string,
  written: ScalarNode,
  over: MapNode,
  { context, trigger }: { context: Context; trigger: Trigger["type"] },
): Promise<ScheduledJob | undefined> {
  const found = context.locate(path, written.at, "the job file");
  const root = found?.kind === "file" ? await context.document(found.path) : undefined;
  if (!found || !root) return undefined;
  if (root.kind !== "map") {
    context.issues.add(root.at, `a job must be a mapping, but it is ${describe(root)}`);
    return undefined;
  }
  const late = new Map<string, ScalarNode>();
  const definition = await defineJob(merge(root, over, late, context), found.path, context);
  for (const value of late.values()) checkNames(value, trigger, context.issues);
  const inputs = Object.fromEntries([...late].map(([name, { text }]) => [name, text]));
  return definition && { job: { definition }, inputs };
}

/** Fields of which a schedule changes entries, rather than all of it. */
const byEntry = ["inputs", "outputs", "settings", "tags", "environment_variables"];
const ofSchedule = ["job", "type", "$schema"];

/** The job with what the schedule says over it. `late` gets the inputs whose value is known when it is due. */
function merge(root: MapNode, over: MapNode, late: Map<string, ScalarNode>, context: Context): MapNode {
  const entries = new Map(root.entries);
  for (const [field, entry] of over.entries) {
    if (ofSchedule.includes(field)) continue;
    const own = entries.get(field)?.node;
    if (!byEntry.includes(field) || entry.node.kind !== "map") entries.set(field, entry);
    else {
      const merged = new Map(own?.kind === "map" ? own.entries : []);
      for (const [name, given] of entry.node.entries) {
        if (field === "inputs" && !isInput(name, given, root, context)) continue;
        merged.set(name, field === "inputs" ? inputOver(merged.get(name), given, late) : given);
      }
      entries.set(field, { ...entry, node: { ...entry.node, entries: merged } });
    }
  }
  return { ...root, entries };
}

/** Inputs that a component declares are checked with it; other ones must be there. */
function isInput(name: string, given: MapEntry, root: MapNode, { issues }: Context): boolean {
  const inputs = root.entries.get("inputs")?.node;
  const declared = inputs?.kind === "map" ? inputs.entries : new Map<string, MapEntry>();
  if (declared.has(name) || root.entries.has("component")) return true;
  issues.add(given.at, `the job has no input "${name}"`, didYouMean(name, declared.keys()));
  return false;
}

/** A value in the place of the one that the job has, which keeps its type and limits. */
function inputOver(own: MapEntry | undefined, given: MapEntry, late: Map<string, ScalarNode>): MapEntry {
  const declared = own?.node.kind === "map" ? own.node : undefined;
  if (given.node.kind === "map")
    return {
      ...given,
      node: { ...given.node, entries: new Map([...(declared?.entries ?? []), ...given.node.entries]) },
    };
  const isLate = given.node.kind === "scalar" && hasExpression(given.node.text);
  if (isLate) late.set(given.name, given.node as ScalarNode);
  // The job keeps its own value until the schedule is due: it has the type, and others may start it.
  if (isLate && own && hasValue(own.node)) return own;
  const node = isLate ? scalarAt(given.node.at, "") : given.node;
  if (!declared) return { ...given, node };
  const field = /^(number|integer|boolean|string)$/.test(typeOf(declared)) ? "value" : "path";
  const entries = new Map(declared.entries).set(field, { name: field, at: given.at, node });
  return { ...given, node: { ...declared, entries } };
}

const hasValue = (input: Node): boolean =>
  input.kind === "scalar" || (input.kind === "map" && (input.entries.has("value") || input.entries.has("path")));

function typeOf(input: MapNode): string {
  const type = input.entries.get("type")?.node;
  if (type?.kind === "scalar") return type.text.trim().toLowerCase();
  return input.entries.has("value") ? "string" : "uri_folder";
}

/** What a registered pipeline is started with: values, and paths of assets. */
function valuesOf(inputs: MapEntry[]): Map<string, ScalarNode> {
  const values = inputs.flatMap(({ name, node }): [string, ScalarNode][] => {
    const value = node.kind === "map" ? (node.entries.get("path") ?? node.entries.get("value"))?.node : node;
    return value?.kind === "scalar" ? [[name, value]] : [];
  });
  return new Map(values);
}

/** Names in a value that stand for nothing when the schedule starts its job. */
function checkNames(value: ScalarNode, trigger: Trigger["type"], issues: Issues): void {
  for (const name of lateNames(value.text)) {
    const problem = problemOfLate(name, trigger);
    if (problem) issues.add(value.at, problem.message, problem.hint);
  }
}
