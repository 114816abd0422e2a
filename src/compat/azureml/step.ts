import type { CommandStep, Step } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { Component, Components } from "./component.ts";
import type { Context } from "./context.ts";
import { describe, type MapEntry } from "./document.ts";
import { checkCommand } from "./expression.ts";
import { type Fields, readFields } from "./fields.ts";
import { type GateSpec, loadGate } from "./gate.ts";
import { type InputEntry, readInput } from "./inputs.ts";
import type { At, Issues, Located } from "./issues.ts";
import { isCommandStep, isGate } from "./kind.ts";
import { type OutputEntry, readOutput } from "./outputs.ts";
import { type commandJobShape, stepShape } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { type CommandSpec, readCommandSpec, readVariables, refuseManyProcesses } from "./spec.ts";
import { isCompatible } from "./types.ts";
import { readWhen, type When } from "./when.ts";

/** A step as it is written, with everything that needs no other step. */
export interface LoadedStep {
  name: string;
  at: At;
  displayName: string | undefined;
  spec: CommandSpec;
  component: Component | undefined;
  inputs: Map<string, InputEntry>;
  outputs: Map<string, OutputEntry>;
  /** How the command is run: what the definition says besides what it runs. */
  running: Partial<
    Pick<
      CommandStep,
      "maxRetries" | "retry" | "timeoutSeconds" | "queueTimeoutSeconds" | "maxAgeSeconds" | "forceRerun"
    >
  >;
  /** Steps that come before it, besides those whose outputs it takes. */
  after: Located<string>[];
  when: When | undefined;
  gate?: GateSpec;
}

const stepName = /^[A-Za-z_][A-Za-z0-9_-]{0,254}$/;

/** Reads one entry of `jobs`. Undefined when it cannot run here, which was reported. */
export async function loadStep(
  entry: MapEntry,
  components: Components,
  context: Context,
): Promise<LoadedStep | undefined> {
  const { issues } = context;
  if (!stepName.test(entry.name) || entry.name === "__proto__") {
    issues.add(
      entry.at,
      `"${entry.name}" cannot be the name of a step`,
      "Use letters, digits, _ and -, beginning with a letter.",
    );
    return undefined;
  }
  if (entry.node.kind !== "map") {
    issues.add(entry.node.at, `the step "${entry.name}" must be a mapping, but it is ${describe(entry.node)}`);
    return undefined;
  }
  if (isGate(entry.node)) return loadGate({ ...entry, node: entry.node }, issues);
  if (!isCommandStep(entry.node, issues)) return undefined;
  const required = entry.node.entries.has("component") ? [] : (["command"] as const);
  const fields = readFields(entry.node, `the step "${entry.name}"`, stepShape, issues, required);
  const base = {
    ...readStepFields(entry.name, entry.at, fields, issues),
    after: fields.after ?? [],
    when: fields.when && readWhen(fields.when, issues),
  };
  if (!fields.component) {
    return { ...base, spec: await readCommandSpec(fields, context), component: undefined };
  }
  for (const field of ["command", "code"] as const) {
    const own = entry.node.entries.get(field);
    if (fields[field] && own)
      issues.add(own.at, `"${field}" belongs to the component; a step with a component has none of its own`);
  }
  const component = await components.load(fields.component, entry.name);
  if (!component) return undefined;
  const step = { ...base, spec: await overrideSpec(component.spec, fields, context), component };
  return mergeOutputs(step, component, issues);
}

/** The parts that a command job and a step read alike. */
export function readStepFields(
  name: string,
  at: At,
  fields: Fields<typeof stepShape> | Fields<typeof commandJobShape>,
  issues: Issues,
): Omit<LoadedStep, "spec" | "component" | "gate"> {
  const inputs = (fields.inputs ?? []).flatMap((entry) => readInput(entry, issues) ?? []);
  const outputs = (fields.outputs ?? []).flatMap((entry) => readOutput(entry, issues) ?? []);
  return {
    name,
    at,
    displayName: fields.display_name?.value,
    inputs: new Map(inputs.map((input) => [input.name, input])),
    outputs: new Map(outputs.map((output) => [output.name, output])),
    running: readRunning(fields),
    after: [],
    when: undefined,
  };
}

function readRunning(fields: Fields<typeof stepShape> | Fields<typeof commandJobShape>): LoadedStep["running"] {
  const timeout = fields.limits?.timeout ?? fields.retry_settings?.timeout;
  const { delay, backoff, max_delay } = fields.retry_settings ?? {};
  return {
    ...(fields.retry_settings?.max_retries ? { maxRetries: fields.retry_settings.max_retries.value } : {}),
    ...(timeout ? { timeoutSeconds: timeout.value } : {}),
    ...(fields.limits?.queue_timeout ? { queueTimeoutSeconds: fields.limits.queue_timeout.value } : {}),
    ...(delay || backoff || max_delay
      ? { retry: { delaySeconds: delay?.value, factor: backoff?.value, capSeconds: max_delay?.value } }
      : {}),
    ...(fields.max_age_seconds ? { maxAgeSeconds: fields.max_age_seconds.value } : {}),
    ...(fields.force_rerun ? { forceRerun: fields.force_rerun.value } : {}),
  };
}

/** Checks the command of a job or of a step without a component, which declares its inputs by giving them values. */
export function checkInline(step: LoadedStep, what: string, scope: Scope, issues: Issues): void {
  if (!step.spec.command) return;
  const inputs = [...step.inputs.values()].map(({ name, given, optional }) => {
    const isBound = given?.kind === "bound";
    const mayBeAbsent = isBound ? scope.isOptional(given.to) : optional;
    return [name, { optional: mayBeAbsent, hasDefault: !isBound && given !== undefined }] as const;
  });
  checkCommand(step.spec.command, { inputs: new Map(inputs), outputs: step.outputs, owner: what }, issues);
}

/** What a step says over its component. */
async function overrideSpec(
  spec: CommandSpec,
  fields: Fields<typeof stepShape>,
  context: Context,
): Promise<CommandSpec> {
  refuseManyProcesses(fields, context.issues);
  const own = fields.environment ? await readCommandSpec({ environment: fields.environment }, context) : undefined;
  return {
    ...spec,
    environment: own?.environment ?? spec.environment,
    environmentVariables: {
      ...spec.environmentVariables,
      ...readVariables(fields.environment_variables, context.issues),
    },
    deterministic: fields.is_deterministic?.value ?? spec.deterministic,
  };
}

/** Every output of the component exists, also those that the step does not mention. */
function mergeOutputs(step: LoadedStep, component: Component, issues: Issues): LoadedStep {
  const merged = new Map<string, OutputEntry>();
  for (const declared of component.outputs.values()) {
    const own = step.outputs.get(declared.name);
    if (own?.type && declared.type && !isCompatible(own.type.value, declared.type.value)) {
      const message = `the output "${declared.name}" of ${component.label} is ${declared.type.value}, not ${own.type.value}`;
      issues.add(own.type.at, message);
    }
    merged.set(declared.name, { ...declared, at: step.at, ...own, type: own?.type ?? declared.type });
  }
  for (const own of step.outputs.values()) {
    if (!component.outputs.has(own.name)) {
      const hint = didYouMean(own.name, component.outputs.keys());
      issues.add(own.at, `${component.label} has no output "${own.name}"`, hint);
    }
  }
  return { ...step, outputs: merged };
}

/** The step of a definition, when its inputs are bound and its outputs typed. */
export function buildStep(
  step: LoadedStep,
  inputs: Step["inputs"],
  outputs: Step["outputs"],
  when: Step["when"] = null,
): unknown {
  const displayName = step.displayName ?? step.component?.displayName;
  const common = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(step.after.length === 0 ? {} : { after: step.after.map(({ value }) => value) }),
    ...(when ? { when } : {}),
  };
  if (step.gate) return { ...common, ...step.gate, inputs };
  return {
    ...common,
    command: step.spec.command?.text ?? "",
    code: step.spec.code,
    environment: step.spec.environment,
    environmentVariables: step.spec.environmentVariables,
    inputs,
    outputs,
    deterministic: step.spec.deterministic,
    ...step.running,
  };
}
