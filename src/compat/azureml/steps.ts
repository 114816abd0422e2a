import { didYouMean } from "../../contract/suggest.ts";
import type { Components, StepEntry } from "./component.ts";
import { readIfElse, readParallelFor } from "./control-flow.ts";
import { describe, type MapEntry } from "./document.ts";
import type { JobKind } from "./file-kind.ts";
import { loadGate } from "./gate.ts";
import type { Issues } from "./issues.ts";
import { type StepKind, stepKind } from "./kind.ts";
import type { OutputEntry } from "./outputs.ts";
import { fits, mergeOutputs } from "./over-component.ts";
import { readStep } from "./read-step.ts";
import { knownInputs, settle } from "./settle.ts";
import type { LoadedStep } from "./step.ts";

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
    const why = loop.body && notRepeated(loop.body);
    if (why) {
      issues.refuse(at, "nested fan-out", why);
      loop.body = undefined;
    }
    for (const output of loop.body?.outputs.values() ?? []) adopt(step, output);
    steps.delete(name);
  }
}

/** Why a loop cannot repeat a step; undefined when it can. */
function notRepeated(step: LoadedStep): string | undefined {
  if (step.gate) return "a gate cannot be repeated: people would be asked for each item";
  if (step.loop) return "a loop has no inputs that an item could fill: repeat a pipeline with the loop in it";
  return [...(step.pipeline?.steps.values() ?? [])].map((inner) => inner?.gate && notRepeated(inner)).find(Boolean);
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
  const type = component?.type ?? (kind as JobKind);
  const step = await readStep[type]({ entry, component, components, what: `the step "${entry.name}"` });
  if (!step) return undefined;
  return component ? mergeOutputs({ ...step, component }, component, issues) : step;
}
