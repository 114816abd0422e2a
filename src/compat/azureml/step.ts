import type { CommandStep } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { Sweep } from "../../contract/sweep.ts";
import type { Component, Components, StepEntry } from "./component.ts";
import type { Context } from "./context.ts";
import type { Loop } from "./control-flow.ts";
import { readIfElse, readParallelFor } from "./control-flow.ts";
import { describe, type MapEntry, type MapNode, type ScalarNode } from "./document.ts";
import { type Fields, readFields } from "./fields.ts";
import { type GateSpec, loadGate } from "./gate.ts";
import { type InputEntry, readInput } from "./inputs.ts";
import type { At, Issues, Located } from "./issues.ts";
import { type StepKind, stepKind } from "./kind.ts";
import { type OutputEntry, readOutput } from "./outputs.ts";
import { type ParallelSpec, readMiniBatches, readParallelSpec } from "./parallel.ts";
import type { LoadedPipeline } from "./pipeline.ts";
import {
  type commandJobShape,
  parallelStepShape,
  pipelineStepShape,
  sparkStepShape,
  stepShape,
  sweepStepShape,
} from "./schema.ts";
import { knownInputs, settle } from "./settle.ts";
import { readSparkSpec } from "./spark.ts";
import {
  type CommandFields,
  type CommandSpec,
  overVariables,
  readCommandSpec,
  readDistribution,
  readVariables,
  withContainer,
} from "./spec.ts";
import { readSweep } from "./sweep.ts";
import { readTrial } from "./trial.ts";
import { areFilesAlike, isCompatible } from "./types.ts";
import { readWhen, type When } from "./when.ts";

/** A step as it is written, with everything that needs no other step. */
export interface LoadedStep {
  name: string;
  at: At;
  displayName: string | undefined;
  /** Of a command, or of the trial of a sweep. */
  spec: CommandSpec | undefined;
  component: Component | undefined;
  inputs: Map<string, InputEntry>;
  outputs: Map<string, OutputEntry>;
  /** How the command is run: what the definition says besides what it runs. */
  running: Partial<
    Pick<
      CommandStep,
      | "maxRetries"
      | "retry"
      | "timeoutSeconds"
      | "queueTimeoutSeconds"
      | "deadlineSeconds"
      | "maxAgeSeconds"
      | "forceRerun"
      | "network"
      | "resources"
    >
  >;
  /** Where it runs; perhaps an input of the pipeline says it. */
  compute: ScalarNode | undefined;
  /** Steps that come before it, besides those whose outputs it takes. */
  after: Located<string>[];
  when: When | undefined;
  gate?: GateSpec;
  sweep?: Sweep;
  pipeline?: LoadedPipeline;
  loop?: Loop;
}

const stepName = /^[A-Za-z_][A-Za-z0-9_-]{0,254}$/;

/** Reads the entries of `jobs`, and puts the branches among them on the steps that they are about. */
export async function loadSteps(
  entries: MapEntry[],
  components: Components,
): Promise<Map<string, LoadedStep | undefined>> {
  const { issues } = components.context;
  const steps = new Map<string, LoadedStep | undefined>();
  const branches: StepEntry[] = [];
  for (const entry of entries) {
    const { node } = entry;
    const isNamed = stepName.test(entry.name) && entry.name !== "__proto__";
    if (!isNamed) {
      const hint = "Use letters, digits, _ and -, beginning with a letter.";
      issues.add(entry.at, `"${entry.name}" cannot be the name of a step`, hint);
    } else if (node.kind !== "map") {
      issues.add(node.at, `the step "${entry.name}" must be a mapping, but it is ${describe(node)}`);
    } else {
      const kind = stepKind(node, issues);
      const step = { ...entry, node: settle(node, components.known, issues) };
      if (kind === "if_else") branches.push(step);
      else steps.set(entry.name, kind && (await loadStep(step, kind, components)));
      continue;
    }
    steps.set(entry.name, undefined);
  }
  for (const branch of branches) readIfElse(branch, steps, issues);
  takeBodies(steps, issues);
  return steps;
}

/** The step that a loop repeats is not one of the pipeline. */
function takeBodies(steps: Map<string, LoadedStep | undefined>, issues: Issues): void {
  for (const step of [...steps.values()].flatMap((one) => one ?? [])) {
    const { loop } = step;
    if (!loop) continue;
    const { value: name, at } = loop.bodyName;
    loop.body = steps.get(name);
    if (!steps.has(name)) issues.add(at, `there is no step "${name}"`, didYouMean(name, steps.keys()));
    else if (loop.body?.loop || loop.body?.gate || loop.body?.sweep) {
      issues.refuse(at, "nested fan-out", "only commands and pipelines can be repeated");
      loop.body = undefined;
    }
    for (const output of loop.body?.outputs.values() ?? []) adopt(step, output);
    steps.delete(name);
  }
}

/** What the body writes once, the loop writes once for each item: it, and not the body, is bound and registered. */
function adopt(step: LoadedStep, output: OutputEntry): void {
  const own = step.outputs.get(output.name);
  const folder = { name: output.name, at: output.at, becomes: output.becomes, register: output.register };
  step.outputs.set(output.name, { ...folder, ...own });
  step.loop!.body!.outputs.set(output.name, { ...output, becomes: undefined, register: undefined, url: undefined });
}

/** Reads one step. Undefined when it cannot run here, which was reported. */
async function loadStep(entry: StepEntry, kind: StepKind, components: Components): Promise<LoadedStep | undefined> {
  const { context } = components;
  const { issues } = context;
  const what = `the step "${entry.name}"`;
  if (kind === "gate") return loadGate(entry, issues);
  if (kind === "parallel_for") return readParallelFor(entry, issues);
  const given = entry.node.entries.get("component")?.node;
  const inputs = () => knownInputs(entry.node.entries.get("inputs")?.node, components.known, issues);
  const component = given && (await components.load(given, entry.name, inputs));
  if (given && !component) return undefined;
  if (component && kind !== "component" && !fits(kind, component)) {
    const message = `${component.label} is a ${component.type} component, but the step is of type ${kind}`;
    issues.add(entry.node.entries.get("type")!.node.at, message);
    return undefined;
  }
  const step = await readStep(
    entry,
    component?.type ?? (kind as Exclude<StepKind, "component">),
    component,
    components,
    what,
  );
  if (!step) return undefined;
  return component ? mergeOutputs({ ...step, component }, component, issues) : step;
}

/** A step says its type even where the component has it; `command` is also written for the other kinds. */
const fits = (kind: StepKind, component: Component): boolean => kind === component.type || kind === "command";

async function readStep(
  entry: StepEntry,
  kind: StepKind,
  component: Component | undefined,
  components: Components,
  what: string,
): Promise<LoadedStep | undefined> {
  const { context } = components;
  const { issues } = context;
  const { node } = entry;
  if (component) refuseOwn(node, issues);
  if (kind === "pipeline") {
    const fields = readFields(node, what, pipelineStepShape, issues, component ? [] : ["jobs"]);
    const base = readBase(entry, fields, issues);
    if (component) return { ...base, pipeline: component.pipeline };
    const inside = components.within(
      knownInputs(node.entries.get("inputs")?.node, components.known, components.context.issues),
    );
    const steps = await loadSteps(fields.jobs ?? [], inside);
    return { ...base, pipeline: { label: what, steps, outputs: new Map(base.outputs) } };
  }
  if (kind === "sweep") {
    const fields = readFields(node, what, sweepStepShape, issues, ["trial"]);
    const base = readBase(entry, fields, issues);
    const sweep = readSweep(node, fields, what, issues);
    const trial = fields.trial && (await readTrial(fields.trial, base, sweep, components));
    if (!sweep || !trial) return undefined;
    return { ...base, ...trial, running: withResources({}, fields), sweep };
  }
  if (kind === "parallel") {
    const fields = readFields(node, what, parallelStepShape, issues);
    const base = readBase(entry, fields, issues);
    const { timeoutSeconds: _, maxRetries: __, ...running } = base.running;
    if (!component) {
      const spec = await readParallelSpec(node, fields, what, context);
      return spec && { ...base, running, spec };
    }
    const over = await overrideSpec(component.spec!, fields, context);
    const parallel: ParallelSpec = { ...component.spec!.parallel!, ...readMiniBatches(fields, issues) };
    return { ...base, running, spec: { ...over, parallel } };
  }
  if (kind === "spark") {
    const fields = readFields(node, what, sparkStepShape, issues);
    const base = readBase(entry, fields, issues);
    if (component) return { ...base, spec: await overrideSpec(component.spec!, fields, context) };
    const spec = await readSparkSpec(node, fields, what, context);
    return spec && { ...base, spec };
  }
  const fields = readFields(node, what, stepShape, issues, component ? [] : ["command"]);
  const base = readBase(entry, fields, issues);
  if (component) return { ...base, spec: await overrideSpec(component.spec!, fields, context) };
  return { ...base, spec: await readCommandSpec(fields, context) };
}

function refuseOwn(node: MapNode, issues: Issues): void {
  for (const field of ["command", "code", "task", "entry", "jobs"] as const) {
    const own = node.entries.get(field);
    if (own) issues.add(own.at, `"${field}" belongs to the component; a step with a component has none of its own`);
  }
}

const readBase = (entry: StepEntry, fields: Fields<typeof stepShape>, issues: Issues): LoadedStep => ({
  ...readStepFields(entry.name, entry.at, fields, issues),
  after: fields.after ?? [],
  when: fields.when && readWhen(fields.when, issues),
});

type JobOrStep = Fields<typeof stepShape> | Fields<typeof commandJobShape>;

/** The parts that a job of one step and a step read alike. */
export function readStepFields(name: string, at: At, fields: JobOrStep, issues: Issues): LoadedStep {
  const inputs = (fields.inputs ?? []).flatMap((entry) => readInput(entry, issues) ?? []);
  const outputs = (fields.outputs ?? []).flatMap((entry) => readOutput(entry, issues) ?? []);
  return {
    name,
    at,
    displayName: fields.display_name?.value,
    spec: undefined,
    component: undefined,
    inputs: new Map(inputs.map((input) => [input.name, input])),
    outputs: new Map(outputs.map((output) => [output.name, output])),
    running: withResources(readRunning(fields), fields),
    compute: fields.compute,
    after: [],
    when: undefined,
  };
}

function readRunning(fields: JobOrStep): LoadedStep["running"] {
  const timeout = fields.limits?.timeout ?? fields.retry_settings?.timeout;
  const { delay, backoff, max_delay } = fields.retry_settings ?? {};
  return {
    ...(fields.retry_settings?.max_retries ? { maxRetries: fields.retry_settings.max_retries.value } : {}),
    ...(timeout ? { timeoutSeconds: timeout.value } : {}),
    ...(fields.limits?.queue_timeout ? { queueTimeoutSeconds: fields.limits.queue_timeout.value } : {}),
    ...(fields.limits?.deadline ? { deadlineSeconds: fields.limits.deadline.value } : {}),
    ...(delay || backoff || max_delay
      ? { retry: { delaySeconds: delay?.value, factor: backoff?.value, capSeconds: max_delay?.value } }
      : {}),
    ...(fields.max_age_seconds ? { maxAgeSeconds: fields.max_age_seconds.value } : {}),
    ...(fields.force_rerun ? { forceRerun: fields.force_rerun.value } : {}),
    ...(fields.network ? { network: fields.network.value } : {}),
  };
}

/** What a step takes of its machine, which in Azure the type of the machine says. */
function withResources(
  running: LoadedStep["running"],
  { resources }: Pick<JobOrStep, "resources">,
): LoadedStep["running"] {
  const { cpus, memory_mb, gpus } = resources ?? {};
  if (!cpus && !memory_mb && !gpus) return running;
  return {
    ...running,
    resources: {
      ...(cpus ? { cpus: cpus.value } : {}),
      ...(memory_mb ? { memoryMb: memory_mb.value } : {}),
      ...(gpus ? { gpus: gpus.value } : {}),
    },
  };
}

/** What a step says over its component. */
async function overrideSpec(spec: CommandSpec, fields: CommandFields, context: Context): Promise<CommandSpec> {
  const spread = fields.resources?.instance_count || fields.distribution;
  const distribution = spec.parallel || !spread ? undefined : overSpread(spec, fields, context.issues);
  const own = fields.environment ? await readCommandSpec({ environment: fields.environment }, context) : undefined;
  return {
    ...spec,
    ...(distribution ? { distribution } : {}),
    ...withContainer(fields, context.issues),
    environment: own?.environment ?? spec.environment,
    ...overVariables(spec, readVariables(fields.environment_variables, context.issues)),
    deterministic: fields.is_deterministic?.value ?? spec.deterministic,
  };
}

/** A step may say on how many machines its component runs, or also how. */
function overSpread(spec: CommandSpec, fields: CommandFields, issues: Issues): CommandSpec["distribution"] {
  const count = fields.resources?.instance_count?.value;
  if (fields.distribution || !spec.distribution) return readDistribution(fields, issues);
  return { ...spec.distribution, ...(count === undefined ? {} : { instanceCount: count }) };
}

/** What a step says an output is; of files and folders, what the component writes. */
function typeOf(
  declared: OutputEntry,
  own: OutputEntry | undefined,
  component: Component,
  issues: Issues,
): OutputEntry["type"] {
  if (!own?.type || !declared.type) return own?.type ?? declared.type;
  const [wanted, written] = [own.type.value, declared.type.value];
  if (isCompatible(wanted, written)) return own.type;
  const message = `the output "${declared.name}" of ${component.label} is ${written}, not ${wanted}`;
  if (areFilesAlike(wanted, written)) issues.warn(own.type.at, `${message}: it stays what the component writes`);
  else issues.add(own.type.at, message);
  return declared.type;
}

/** Every output of the component exists, also those that the step does not mention. */
export function mergeOutputs(step: LoadedStep, component: Component, issues: Issues): LoadedStep {
  const merged = new Map<string, OutputEntry>();
  for (const declared of component.outputs.values()) {
    const own = step.outputs.get(declared.name);
    merged.set(declared.name, { ...declared, at: step.at, ...own, type: typeOf(declared, own, component, issues) });
  }
  for (const own of step.outputs.values()) {
    if (!component.outputs.has(own.name)) {
      const hint = didYouMean(own.name, component.outputs.keys());
      issues.add(own.at, `${component.label} has no output "${own.name}"`, hint);
    }
  }
  return { ...step, outputs: merged };
}
