import type { Distribution } from "../contract/sweep.ts";
import { type Component, handle } from "./component.ts";
import type { Body } from "./pipeline.ts";
import type {
  AnyBody,
  AnyComponent,
  BodyOutputs,
  GateSpec,
  LoopLimits,
  LoopSpec,
  OrderOptions,
  StepHandle,
  StepOptions,
  SweepSpec,
} from "./spec.ts";
import type { Arguments, Inputs, None, Outputs, Reference, TypeOf, Value, ValueType } from "./types.ts";

type Choice<V> = { type: "choice"; values: V[] };
/** Where values of an input may come from: one of those that are listed, or for numbers also a distribution. */
type SpaceOf<D> =
  TypeOf<D> extends infer T extends ValueType
    ? Choice<Value<T>> | (T extends "number" | "integer" ? Exclude<Distribution, { type: "choice" }> : never)
    : never;

/** Runs a component with values from a search space; the step's outputs are those of the best trial. */
export function sweep<const I extends Inputs, const O extends Outputs, K extends keyof I & string>(
  component: Component<I, O>,
  how: Omit<SweepSpec, "searchSpace"> & { searchSpace: { readonly [N in K]: SpaceOf<I[N]> } },
  given: Omit<Arguments<I>, K>,
  options: StepOptions = {},
): StepHandle<O> {
  const step = { component: component as unknown as AnyComponent, given, options };
  return handle<O>({ type: "sweep", ...step, sweep: how }, Object.keys(component.spec.outputs ?? {}));
}

type ItemOf<D> = TypeOf<D> extends infer T extends ValueType ? Value<T> : never;
/** Values for one input of what is repeated. */
interface Values<I, K extends keyof I> extends LoopLimits {
  item: K;
  of: readonly ItemOf<I[K]>[];
}
/** Objects of values, which go to the inputs of their names. */
interface Records<I, K extends keyof I> extends LoopLimits {
  item?: undefined;
  of: readonly (object & { readonly [N in K]: ItemOf<I[N]> })[];
}
/** A JSON list that there will be, of values for one input, or of objects of values for several. */
interface Listed<K> extends LoopLimits {
  item: K | readonly K[];
  of: Reference<"uri_folder" | "uri_file" | "string">;
}
type Items<I, K extends keyof I> = Values<I, K> | Records<I, K> | Listed<K>;
type Folders<Name extends PropertyKey> = { [N in Name]: "uri_folder" };

/** Runs a component, or a body of several steps, for each item; each output is a folder with one folder for each item. */
export function forEach<const I extends Inputs, const O extends Outputs, K extends keyof I & string>(
  component: Component<I, O>,
  how: Items<I, K>,
  given: Omit<Arguments<I>, K>,
  options?: StepOptions,
): StepHandle<Folders<keyof O>>;
export function forEach<const I extends Inputs, const O extends BodyOutputs, K extends keyof I & string>(
  body: Body<I, O>,
  how: Items<I, K>,
  given: Omit<Arguments<I>, K>,
  options?: OrderOptions,
): StepHandle<Folders<keyof O>>;
export function forEach(
  repeated: AnyComponent | AnyBody,
  loop: LoopSpec,
  given: Readonly<Record<string, unknown>>,
  options: StepOptions = {},
): StepHandle {
  const outputs = "spec" in repeated ? repeated.spec.outputs : repeated.graph.outputs;
  return handle({ type: "foreach", repeated, loop, given, options }, Object.keys(outputs ?? {}));
}

/** Waits until people have approved. */
export const gate = (how: GateSpec = {}, options: OrderOptions = {}): StepHandle<None> =>
  handle({ type: "gate", gate: how, options }, []);
