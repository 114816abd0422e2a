import { OutputReference } from "./reference.ts";
import {
  type AnyComponent,
  type ComponentSpec,
  content,
  type StepContent,
  type StepHandle,
  type StepOptions,
} from "./spec.ts";
import type { Arguments, Inputs, None, Outputs, References } from "./types.ts";

/** A component: calling it makes a step. */
export interface Component<I extends Inputs, O extends Outputs> {
  (given: Arguments<I>, options?: StepOptions): StepHandle<O>;
  readonly spec: ComponentSpec<I, O>;
}

/** Something that steps do: a command with typed inputs and outputs. */
export function defineComponent<const I extends Inputs = None, const O extends Outputs = None>(
  spec: ComponentSpec<I, O>,
): Component<I, O> {
  const component = { spec } as unknown as AnyComponent;
  const make = (given: Arguments<I>, options: StepOptions = {}): StepHandle<O> =>
    handle<O>({ type: "command", component, given, options }, Object.keys(spec.outputs ?? {}));
  return Object.assign(make, { spec });
}

/** A step, and references to its outputs. */
export function handle<O extends Outputs>(what: StepContent, outputs: readonly string[]): StepHandle<O> {
  const references: Record<string, OutputReference> = {};
  const made = { outputs: references as unknown as References<O>, [content]: what };
  for (const name of outputs) references[name] = new OutputReference(made, name);
  return made;
}
