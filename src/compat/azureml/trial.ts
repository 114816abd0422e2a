import { asParameters } from "../../contract/command.ts";
import type { Sweep } from "../../contract/sweep.ts";
import { type Component, type Components, readComponent } from "./component.ts";
import type { Node } from "./document.ts";
import { readFields } from "./fields.ts";
import { mergeOutputs } from "./over-component.ts";
import { trialShape } from "./schema.ts";
import { readCommandSpec } from "./spec.ts";
import type { LoadedStep } from "./step.ts";

/**
 * What a sweep runs: a component, whose inputs may be parameters of the search space, or a command in place, which
 * names them `${{search_space.x}}`. Undefined when it cannot be had, which was reported.
 */
export async function readTrial(
  node: Node,
  step: LoadedStep,
  sweep: Sweep | undefined,
  components: Components,
): Promise<Pick<LoadedStep, "spec" | "component" | "outputs"> | undefined> {
  const { issues } = components.context;
  const parameters = Object.keys(sweep?.searchSpace ?? {});
  if (node.kind === "map" && !node.entries.has("inputs")) {
    const fields = readFields(node, "the trial", trialShape, issues, ["command"]);
    return { spec: await readCommandSpec(fields, components.context), component: undefined, outputs: step.outputs };
  }
  const component =
    node.kind === "map" ? await readComponent(node, "the trial", components) : await components.load(node, step.name);
  if (!component) return undefined;
  if (component.type !== "command" || !component.spec?.command) {
    issues.add(node.at, `${component.label} is a ${component.type} component; a sweep runs a command`);
    return undefined;
  }
  const { outputs } = mergeOutputs(step, component, issues);
  const text = asParameters(component.spec.command.text, parameters);
  const command = { ...component.spec.command, text, value: text };
  return { spec: { ...component.spec, command }, component: without(component, parameters), outputs };
}

/** The component as the step gives it values: parameters of the search space come from there. */
function without(component: Component, parameters: string[]): Component {
  const ports = new Map(component.ports);
  for (const parameter of parameters) ports.delete(parameter);
  return { ...component, ports };
}
