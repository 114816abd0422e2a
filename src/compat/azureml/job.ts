import { didYouMean } from "../../contract/suggest.ts";
import { Binder } from "./binder.ts";
import { Components } from "./component.ts";
import type { Context } from "./context.ts";
import type { MapNode } from "./document.ts";
import { type Fields, isEmpty, readFields } from "./fields.ts";
import { findCycle } from "./graph.ts";
import { readInput } from "./inputs.ts";
import type { Issues } from "./issues.ts";
import { type PlacedOutputs, placeOutputs, readPipelineOutputs } from "./pipelineOutputs.ts";
import { commandJobShape, pipelineJobShape } from "./schema.ts";
import { Scope } from "./scope.ts";
import { baseName, folderOf } from "./source.ts";
import { readCommandSpec } from "./spec.ts";
import { buildStep, checkInline, type LoadedStep, loadStep, readStepFields } from "./step.ts";
import type { InputType } from "./types.ts";
import { bindWhen } from "./when.ts";

/** The name of the only step of a command job. */
const onlyStep = "main";

/** A command job is a pipeline of one step, whose inputs and outputs are those of the job. */
export async function translateCommandJob(root: MapNode, file: string, context: Context): Promise<unknown> {
  const { issues } = context;
  const fields = readFields(root, "a command job", commandJobShape, issues, ["command"]);
  const base = readStepFields(onlyStep, root.at, fields, issues);
  const spec = await readCommandSpec(fields, context);
  const step: LoadedStep = { ...base, spec, component: undefined };
  for (const output of step.outputs.values()) {
    if (!output.becomes) continue;
    issues.add(output.becomes.at, "a command job is not part of a pipeline", 'Give "type", "name", or nothing.');
    output.becomes = undefined;
  }
  const placed = placeOutputs(new Map([[onlyStep, step]]), new Map(), issues);
  const scope = new Scope(step.inputs, new Map(), new Map(), issues);
  checkInline(step, "a command job", scope, issues);
  const inputs = await new Binder(scope, context).jobInputs();
  const stepInputs = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      { ...input, binding: { from: "input" as const, input: name } },
    ]),
  );
  const outputs = placed.steps.get(onlyStep)!;
  return {
    ...about(fields, file),
    type: "command",
    inputs,
    outputs: Object.fromEntries(Object.keys(outputs).map((name) => [name, { step: onlyStep, output: name }])),
    steps: { [onlyStep]: buildStep(step, stepInputs, outputs) },
  };
}

/** A pipeline: its steps are loaded first, then connected. */
export async function translatePipelineJob(root: MapNode, file: string, context: Context): Promise<unknown> {
  const { issues } = context;
  const fields = readFields(root, "a pipeline job", pipelineJobShape, issues);
  if (root.entries.has("component")) return undefined;
  const jobs = root.entries.get("jobs");
  if (!jobs || isEmpty(jobs.node) || fields.jobs?.length === 0)
    issues.add(jobs?.at ?? root.at, 'a pipeline job needs steps under "jobs"');
  const declared = (fields.inputs ?? []).flatMap((entry) => readInput(entry, issues) ?? []);
  const pipelineOutputs = readPipelineOutputs(fields.outputs ?? [], issues);
  const steps = await loadSteps(fields, context);
  const placed = placeOutputs(steps, pipelineOutputs, issues);
  const byName = new Map(declared.map((input) => [input.name, input]));
  const scope = new Scope(byName, steps, typesOf(placed), issues);
  const binder = new Binder(scope, context);
  const inputs = await binder.jobInputs();
  const built: Record<string, unknown> = {};
  for (const step of steps.values()) {
    if (!step) continue;
    if (!step.component) checkInline(step, `the step "${step.name}"`, scope, issues);
    checkAfter(step, steps, issues);
    const outputs = placed.steps.get(step.name) ?? {};
    const when = step.when && bindWhen(step.when, scope);
    built[step.name] = buildStep(step, await binder.stepInputs(step), outputs, when);
  }
  reportCycle(steps, context);
  return {
    ...about(fields, file),
    type: "pipeline",
    inputs,
    outputs: placed.pipeline,
    steps: built,
    ...(fields.limits?.timeout ? { timeoutSeconds: fields.limits.timeout.value } : {}),
    continueOnStepFailure: fields.settings?.continue_on_step_failure?.value ?? false,
    forceRerun: fields.settings?.force_rerun?.value ?? false,
  };
}

async function loadSteps(
  fields: Fields<typeof pipelineJobShape>,
  context: Context,
): Promise<Map<string, LoadedStep | undefined>> {
  const components = new Components(context);
  const steps = new Map<string, LoadedStep | undefined>();
  for (const entry of fields.jobs ?? []) steps.set(entry.name, await loadStep(entry, components, context));
  return steps;
}

function checkAfter(step: LoadedStep, steps: ReadonlyMap<string, unknown>, issues: Issues): void {
  for (const { value, at } of step.after) {
    if (!steps.has(value)) issues.add(at, `there is no step "${value}"`, didYouMean(value, steps.keys()));
  }
}

function typesOf(placed: PlacedOutputs): Map<string, Map<string, InputType>> {
  const types = [...placed.steps].map(([name, outputs]) => {
    const byOutput = Object.entries(outputs).map(([output, { type }]) => [output, type] as const);
    return [name, new Map(byOutput)] as const;
  });
  return new Map(types);
}

function reportCycle(steps: Map<string, LoadedStep | undefined>, context: Context): void {
  const needs = new Map<string, string[]>();
  for (const [name, step] of steps) {
    const bound = [...(step?.inputs.values() ?? [])].flatMap(({ given }) =>
      given?.kind === "bound" && given.to.kind === "stepOutput" && steps.has(given.to.step) ? [given.to.step] : [],
    );
    const source = step?.when?.source;
    const decided = source?.kind === "stepOutput" && steps.has(source.step) ? [source.step] : [];
    const after = (step?.after ?? []).flatMap(({ value }) => (steps.has(value) ? [value] : []));
    needs.set(name, [...bound, ...decided, ...after]);
  }
  const cycle = findCycle(needs);
  if (!cycle) return;
  const at = steps.get(cycle[0]!)?.at;
  if (at)
    context.issues.add(
      at,
      `the steps need each other in a circle: ${cycle.join(" needs ")}`,
      "Remove one of these bindings.",
    );
}

type AboutFields = Fields<typeof commandJobShape> | Fields<typeof pipelineJobShape>;

/** Without an experiment name, Azure ML takes that of the folder in which the command line runs. */
function about(fields: AboutFields, file: string): Record<string, unknown> {
  const stem = baseName(file).replace(/\.[^.]+$/, "");
  const tags = [...(fields.tags ?? [])].map(([name, tag]) => [name, tag.value]);
  return {
    ...(fields.name ? { name: fields.name.value } : {}),
    displayName: fields.display_name?.value ?? fields.name?.value ?? stem,
    experiment: fields.experiment_name?.value ?? (baseName(folderOf(file)) || stem),
    ...(fields.description ? { description: fields.description.value } : {}),
    tags: Object.fromEntries(tags),
  };
}
