// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, type MapEntry } from "./document.ts";
import { type Bound, hasExpression, readBinding } from "./expression.ts";
import { readFields } from "./fields.ts";
import { checkName } from "./inputs.ts";
import type { At, Issues, Located } from "./issues.ts";
import { checkModelVersion } from "./model-version.ts";
import { parseReference } from "./reference.ts";
import { outputShape } from "./schema.ts";
import { type InputType, isModel, parseType } from "./types.ts";

/** An output as a component, step or job writes it. */
export interface OutputEntry {
  name: string;
  at: At;
  type?: Located<InputType>;
  register?: { name: string; version?: string; at: At };
  /** Where it is written to besides: `azureml://datastores/store/paths/…`. */
  url?: string;
  /** Of a step: the output of the pipeline that this one becomes, `${{parent.outputs.o}}`. */
  becomes?: Located<string>;
  /** Of a pipeline: the output of a step that this one is, `${{parent.jobs.s.outputs.o}}`. */
  from?: Located<{ step: string; output: string }>;
}

const writeParentOutput = "Write ${{parent.outputs.<output>}}, or nothing.";

const assetName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;

/** Reads an output in any of its forms: empty, a mapping, a binding. */
export function readOutput(entry: MapEntry, issues: Issues): OutputEntry | undefined {
  if (!checkName(entry, "output", issues)) return undefined;
  const { name, at, node } = entry;
  const output: OutputEntry = { name, at };
  if (node.kind === "scalar") {
    if (node.value === null) return output;
    const binding = readBinding(node, issues);
    if (binding === "none")
      issues.add(node.at, `the output "${name}" must be a mapping or a binding, but it is ${describe(node)}`);
    else if (binding !== "wrong") bind(output, binding, node.at, issues);
    return output;
  }
  if (node.kind === "list") {
    issues.add(node.at, `the output "${name}" must be a mapping, but it is a list`);
    return output;
  }
  const fields = readFields(node, `the output "${name}"`, outputShape, issues);
  const type = fields.type && parseType(fields.type, issues);
  if (type) output.type = type;
  if (fields.path) readOutputPath(fields.path, output, issues);
  if (fields.name) readRegistration(fields.name, fields.version, output, issues);
  else if (fields.version) issues.add(fields.version.at, '"version" needs "name": the asset to register the output as');
  return output;
}

type OutputFields = ReturnType<typeof readFields<typeof outputShape>>;

function readOutputPath(path: NonNullable<OutputFields["path"]>, output: OutputEntry, issues: Issues): void {
  const isBinding = /^\s*\$\{\{\s*(parent|outputs|jobs)\./.test(path.text);
  if (isBinding) {
    const binding = readBinding(path, issues);
    if (binding !== "none" && binding !== "wrong") bind(output, binding, path.at, issues);
    return;
  }
  const reference = parseReference(path.text);
  if (reference.kind === "remote" && reference.url) {
    output.url = reference.url;
    return;
  }
  const hint = 'Remove "path": Trainyard chooses where outputs are stored, and "name" registers one as an asset.';
  issues.add(path.at, `a place of its own for the output "${output.name}" is not supported yet`, hint);
}

function bind(output: OutputEntry, bound: Bound, at: At, issues: Issues): void {
  if (bound.kind === "parentOutput") output.becomes = { value: bound.output, at };
  else if (bound.kind === "stepOutput") output.from = { value: { step: bound.step, output: bound.output }, at };
  else issues.add(at, `the output "${output.name}" cannot be bound to an input`, writeParentOutput);
}

/** An output of a step, or of a job of one step, has no source but the step. */
export function refuseSource(output: OutputEntry, issues: Issues): void {
  if (output.from)
    issues.add(output.from.at, `the output "${output.name}" cannot be bound to another step`, writeParentOutput);
}

function readRegistration(
  name: Located<string>,
  version: Located<string> | undefined,
  output: OutputEntry,
  issues: Issues,
): void {
  for (const part of [name, ...(version ? [version] : [])]) {
    if (hasExpression(part.value))
      issues.add(part.at, "an expression in the name or version of an output is not supported yet");
    else if (!assetName.test(part.value) || part.value.includes(".."))
      issues.add(part.at, `"${part.value}" cannot be the ${part === name ? "name" : "version"} of an asset`);
  }
  if (version && output.type && isModel(output.type.value) && !hasExpression(version.value))
    checkModelVersion(version, issues);
  output.register = { name: name.value, at: name.at, ...(version ? { version: version.value } : {}) };
}
