import { didYouMean } from "../../contract/suggest.ts";
import type { Component } from "./component.ts";
import type { Context } from "./context.ts";
import type { MapNode } from "./document.ts";
import type { Issues } from "./issues.ts";
import type { StepKind } from "./kind.ts";
import type { OutputEntry } from "./outputs.ts";
import {
  type CommandFields,
  type CommandSpec,
  overVariables,
  readCommandSpec,
  readDistribution,
  readVariables,
  withContainer,
} from "./spec.ts";
import type { LoadedStep } from "./step.ts";
import { areFilesAlike, isCompatible } from "./types.ts";

/** A step says its type even where the component has it; `command` is also written for the other kinds. */
export const fits = (kind: StepKind, component: Component): boolean => kind === component.type || kind === "command";

/** What runs is the component's. */
export function refuseOwn(node: MapNode, issues: Issues): void {
  for (const field of ["command", "code", "task", "entry", "jobs"] as const) {
    const own = node.entries.get(field);
    if (own) issues.add(own.at, `"${field}" belongs to the component; a step with a component has none of its own`);
  }
}

/** What a step says over its component. */
export async function overrideSpec(spec: CommandSpec, fields: CommandFields, context: Context): Promise<CommandSpec> {
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
