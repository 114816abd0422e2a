import type { z } from "zod";
import type { foreachStepSchema, gateStepSchema } from "../contract/job.ts";
import type { sweepSchema } from "../contract/sweep.ts";
import { type AnyComponent, type Component, handle, type StepHandle, type StepOptions } from "./component.ts";
import type { Arguments, Given, Inputs, None, Outputs } from "./types.ts";

type Sweep = z.input<typeof sweepSchema>;

/** Runs a component with values from a search space; the step's outputs are those of the best trial. */
export function sweep<const I extends Inputs, const O extends Outputs, K extends keyof I & string>(
  component: Component<I, O>,
  how: Omit<Sweep, "searchSpace"> & { searchSpace: Readonly<Record<K, Sweep["searchSpace"][string]>> },
  given: Omit<Arguments<I>, K>,
  options: StepOptions = {},
): StepHandle<O> {
  const step = { component: component as unknown as AnyComponent, given: given as Record<string, unknown>, options };
  return handle<O>({ type: "sweep", ...step, sweep: how }, component.spec.outputs);
}

type Foreach = z.input<typeof foreachStepSchema>;

/** Runs a component once for each item; each output is a folder with one folder for each item. */
export function forEach<const I extends Inputs, const O extends Outputs, K extends keyof I & string>(
  component: Component<I, O>,
  items: {
    /** Input of the component that gets the item. */
    item: K;
    /** Values, or the output of a step that is a JSON list. */
    of: readonly (string | number | boolean)[] | Given<"uri_folder"> | Given<"uri_file">;
    maxConcurrent?: Foreach["maxConcurrent"];
    maxFailures?: Foreach["maxFailures"];
  },
  given: Omit<Arguments<I>, K>,
  options: StepOptions = {},
): StepHandle<{ [N in keyof O]: "uri_folder" }> {
  const step = { component: component as unknown as AnyComponent, given: given as Record<string, unknown>, options };
  const folders = Object.fromEntries(Object.keys(component.spec.outputs ?? {}).map((name) => [name, "uri_folder"]));
  return handle({ type: "foreach", ...step, loop: items }, folders as { [N in keyof O]: "uri_folder" });
}

type Gate = z.input<typeof gateStepSchema>;

/** Waits until people have approved. */
export const gate = (
  how: Pick<Gate, "message" | "approvers" | "quorum" | "timeoutSeconds"> = {},
  options: Pick<StepOptions, "displayName" | "after"> = {},
): StepHandle<None> => handle({ type: "gate", given: {}, gate: how, options }, {});
