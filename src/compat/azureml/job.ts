import { type JobDefinition, jobDefinitionSchema } from "../../contract/job.ts";
import { Binder } from "./binder.ts";
import { buildStep } from "./build.ts";
import { Components } from "./component.ts";
import type { Context } from "./context.ts";
import type { MapEntry, MapNode, Node } from "./document.ts";
import { type Fields, isEmpty, readFields } from "./fields.ts";
import type { JobKind } from "./file-kind.ts";
import { type InputEntry, readInput } from "./inputs.ts";
import type { At } from "./issues.ts";
import { jobKind } from "./kind.ts";
import { mergeOutputs } from "./over-component.ts";
import { readParallelSpec } from "./parallel.ts";
import { buildSteps, checkInline, type LoadedPipeline, PlacedPipeline } from "./pipeline.ts";
import { readPipelineOutputs } from "./pipelineOutputs.ts";
import { commandJobShape, parallelJobShape, pipelineJobShape, sparkJobShape, sweepJobShape } from "./schema.ts";
import { Scope } from "./scope.ts";
import { knownInputs } from "./settle.ts";
import { baseName, folderOf } from "./source.ts";
import { readSparkSpec } from "./spark.ts";
import { readCommandSpec } from "./spec.ts";
import { type LoadedStep, readStepFields } from "./step.ts";
import { loadSteps } from "./steps.ts";
import { readSweep } from "./sweep.ts";
import { readTrial } from "./trial.ts";

/** The name of the only step of a job that is no pipeline. */
const onlyStep = "main";

/** The definition of a job of any type. Undefined, and issues, when anything is wrong with it. */
export async function defineJob(root: MapNode, file: string, context: Context): Promise<JobDefinition | undefined> {
  const { issues } = context;
  const kind = jobKind(root, issues);
  if (kind === undefined) return undefined;
  const draft =
    kind === "pipeline"
      ? await translatePipelineJob(root, file, context)
      : await translateSingleJob(root, kind, file, context);
  if (issues.any || draft === undefined) return undefined;
  const parsed = jobDefinitionSchema.safeParse(draft);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const { at, field } = placeOf(root, path);
    issues.add(at, `${field}: ${message}`);
  }
  return parsed.data;
}

/** Where in the file stands what the definition has at a path, and how the file calls it: as far as they are alike. */
function placeOf(root: MapNode, path: PropertyKey[]): { at: At; field: string } {
  const keys = (path[0] === "steps" && path[1] === onlyStep ? path.slice(2) : path).map(String);
  const names = keys.map((key, index) => (index === 0 && nameInFile[key]) || asInFile(key));
  let node: Node | undefined = root;
  let { at } = root;
  for (const name of names) {
    const entry: MapEntry | undefined = node?.kind === "map" ? node.entries.get(name) : undefined;
    at = entry?.node.at ?? at;
    node = entry?.node;
  }
  return { at, field: names.join(".") };
}

const nameInFile: Record<string, string> = { steps: "jobs", experiment: "experiment_name" };
const asInFile = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A job that is no pipeline is one of one step, whose inputs and outputs are those of the job. */
async function translateSingleJob(
  root: MapNode,
  kind: Exclude<JobKind, "pipeline">,
  file: string,
  context: Context,
): Promise<unknown> {
  const { issues } = context;
  const loaded = await readSingleStep(root, kind, context);
  if (!loaded) return undefined;
  const { step, fields } = loaded;
  for (const output of step.outputs.values()) {
    if (!output.becomes) continue;
    issues.add(output.becomes.at, "a job of one step is not part of a pipeline", 'Give "type", "name", or nothing.');
    output.becomes = undefined;
  }
  const placed = new PlacedPipeline({ label: file, steps: new Map([[onlyStep, step]]), outputs: new Map() }, issues);
  const inputs = jobEntries(step.inputs, step.component);
  const scope = new Scope({ inputs, steps: new Map(), types: new Map(), sourceOf: noSource }, issues);
  if (!step.component) checkInline(step, `a ${kind} job`, scope, issues);
  const jobInputs = await new Binder(scope, context).jobInputs();
  const stepInputs = Object.fromEntries(
    Object.entries(jobInputs).map(([name, input]) => [
      name,
      { ...input, binding: { from: "input" as const, input: name } },
    ]),
  );
  const outputs = placed.outputs.steps.get(onlyStep)!;
  const inherited = { after: [], when: null, compute: step.compute };
  return {
    ...about(fields, file),
    type: "command",
    inputs: jobInputs,
    outputs: Object.fromEntries(Object.keys(outputs).map((name) => [name, { step: onlyStep, output: name }])),
    steps: { [onlyStep]: buildStep(step, { inputs: stepInputs, outputs }, inherited, scope, issues) },
  };
}

const noSource = (step: string, output: string) => ({ step, output });

type Single = { step: LoadedStep; fields: AboutFields };

async function readSingleStep(
  root: MapNode,
  kind: Exclude<JobKind, "pipeline">,
  context: Context,
): Promise<Single | undefined> {
  const { issues } = context;
  const what = `a ${kind} job`;
  if (kind === "sweep") {
    const fields = readFields(root, what, sweepJobShape, issues, ["trial"]);
    const step = readStepFields(onlyStep, root.at, fields, issues);
    const { timeoutSeconds: _, ...running } = step.running;
    const sweep = readSweep(root, fields, what, issues);
    const trial = fields.trial && (await readTrial(fields.trial, step, sweep, new Components(context)));
    return sweep && trial && { step: { ...step, ...trial, running, sweep }, fields };
  }
  if (kind === "parallel") {
    const fields = readFields(root, what, parallelJobShape, issues);
    const step = readStepFields(onlyStep, root.at, fields, issues);
    const { timeoutSeconds: _, maxRetries: __, ...running } = step.running;
    const spec = await readParallelSpec(root, fields, what, context);
    return spec && { step: { ...step, running, spec }, fields };
  }
  if (kind === "spark") {
    const fields = readFields(root, what, sparkJobShape, issues);
    const spec = await readSparkSpec(root, fields, what, context);
    return spec && { step: { ...readStepFields(onlyStep, root.at, fields, issues), spec }, fields };
  }
  const fields = readFields(root, what, commandJobShape, issues, ["command"]);
  const spec = await readCommandSpec(fields, context);
  return { step: { ...readStepFields(onlyStep, root.at, fields, issues), spec }, fields };
}

/** A pipeline: its steps are loaded first, then connected. */
async function translatePipelineJob(root: MapNode, file: string, context: Context): Promise<unknown> {
  const { issues } = context;
  const fields = readFields(root, "a pipeline job", pipelineJobShape, issues);
  const pipeline = await readPipeline(root, fields, context);
  if (!pipeline) return undefined;
  const placed = new PlacedPipeline(pipeline, issues);
  const { steps, types } = placed;
  const sourceOf = (step: string, output: string) => placed.sourceOf(step, output);
  const scope = new Scope({ inputs: pipeline.inputs, steps, types, sourceOf }, issues);
  const inputs = await new Binder(scope, context).jobInputs();
  const built: Record<string, unknown> = {};
  const compute = fields.settings?.default_compute ?? fields.compute;
  await buildSteps(placed, scope, { after: [], when: null, compute }, context, built);
  return {
    ...about(fields, file),
    type: "pipeline",
    inputs,
    outputs: placed.links,
    steps: built,
    ...(fields.limits?.timeout ? { timeoutSeconds: fields.limits.timeout.value } : {}),
    continueOnStepFailure: fields.settings?.continue_on_step_failure?.value ?? false,
    forceRerun: fields.settings?.force_rerun?.value ?? false,
  };
}

type ReadPipeline = LoadedPipeline & { inputs: Map<string, InputEntry> };

/** The pipeline of a job: its own steps, or a component to which the job gives values. */
async function readPipeline(
  root: MapNode,
  fields: Fields<typeof pipelineJobShape>,
  context: Context,
): Promise<ReadPipeline | undefined> {
  const { issues } = context;
  const known = knownInputs(root.entries.get("inputs")?.node, new Map(), issues);
  const components = new Components(context, known);
  const declared = (fields.inputs ?? []).flatMap((entry) => readInput(entry, issues) ?? []);
  const given = new Map(declared.map((input) => [input.name, input]));
  const outputs = readPipelineOutputs(fields.outputs ?? [], issues);
  const jobs = root.entries.get("jobs");
  if (!fields.component) {
    if (!jobs || isEmpty(jobs.node) || fields.jobs?.length === 0)
      issues.add(jobs?.at ?? root.at, 'a pipeline job needs steps under "jobs"');
    return { label: "the job", inputs: given, outputs, steps: await loadSteps(fields.jobs ?? [], components) };
  }
  if (jobs) issues.add(jobs.at, '"jobs" belongs to the component; a job with a component has none of its own');
  const component = await components.load(fields.component, "job", () => known);
  if (!component) return undefined;
  if (!component.pipeline) {
    issues.add(fields.component.at, `${component.label} is a ${component.type} component, not a pipeline`);
    return undefined;
  }
  const step: LoadedStep = {
    ...readStepFields(onlyStep, root.at, {}, issues),
    outputs,
  };
  const merged = mergeOutputs(step, component, issues).outputs;
  for (const [name, output] of merged) output.from ??= component.pipeline.outputs.get(name)?.from;
  for (const { name, at } of given.values())
    if (!component.ports.has(name)) issues.add(at, `${component.label} has no input "${name}"`);
  return { ...component.pipeline, inputs: jobEntries(given, component), outputs: merged };
}

/** The inputs of a job whose component declares them. */
function jobEntries(given: Map<string, InputEntry>, component: LoadedStep["component"]): Map<string, InputEntry> {
  if (!component) return given;
  const entries = [...component.ports.values()].map((port): [string, InputEntry] => {
    const own = given.get(port.name);
    return [port.name, { name: port.name, at: own?.at ?? port.at, optional: port.optional, ...own, port }];
  });
  return new Map(entries);
}

type AboutFields = Pick<
  Fields<typeof commandJobShape>,
  "name" | "display_name" | "experiment_name" | "description" | "tags" | "priority"
>;

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
    ...(fields.priority ? { priority: fields.priority.value } : {}),
  };
}
