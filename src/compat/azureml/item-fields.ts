import type { JobInput } from "../../contract/job.ts";
import type { Component } from "./component.ts";
import { scalarAt } from "./document.ts";
import type { LoadedStep } from "./step.ts";
import { inferType } from "./types.ts";

/** Inputs of a loop's body that an item fills, with their types. */
export type ItemFields = ReadonlyMap<string, JobInput["type"]>;

/** The inputs of the body that an item fills: those that it names, or, where it is not known yet, those without a value. */
export function itemFields(step: LoadedStep, body: LoadedStep): ItemFields {
  const { items } = step.loop!;
  const typeOf = (name: string): JobInput["type"] | undefined =>
    body.component?.ports.get(name)?.type ?? body.inputs.get(name)?.port?.type;
  const fields = new Map<string, JobInput["type"]>();
  for (const item of Array.isArray(items) ? items : []) {
    if (typeof item !== "object") continue;
    for (const [name, value] of Object.entries(item))
      fields.set(name, typeOf(name) ?? inferType(scalarAt(step.at, value)));
  }
  if (fields.size > 0) return fields;
  const names = body.component ? body.component.ports.keys() : body.inputs.keys();
  for (const name of names) {
    const port = body.component?.ports.get(name);
    const isOpen = body.inputs.get(name)?.given === undefined && !port?.optional && port?.default === undefined;
    if (isOpen) fields.set(name, typeOf(name) ?? "string");
  }
  return fields;
}

/** The body as the loop gives it values. */
export function withoutInputs(body: LoadedStep, fields: ItemFields): LoadedStep {
  const open = <V>(map: Map<string, V>): Map<string, V> => new Map([...map].filter(([name]) => !fields.has(name)));
  const component: Component | undefined = body.component && { ...body.component, ports: open(body.component.ports) };
  return { ...body, component, inputs: open(body.inputs) };
}
