import type { JobInput, JobOutput } from "../../contract/job.ts";
import { Binder } from "./binder.ts";
import { buildStep } from "./build.ts";
import type { Component } from "./component.ts";
import type { Context } from "./context.ts";
import { scalarAt } from "./document.ts";
import { buildSteps, checkInline, type Inherited, innerScope, PlacedPipeline } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import type { LoadedStep } from "./step.ts";
import { inferType } from "./types.ts";

const onlyStep = "main";

/** A `parallel_for` as a loop of a definition: its body takes everything as inputs, from the item or from the loop. */
export async function buildLoop(
  step: LoadedStep,
  scope: Scope,
  outputs: Record<string, JobOutput>,
  { after, when, compute }: Inherited,
  context: Context,
): Promise<unknown> {
  const { issues } = context;
  const loop = step.loop!;
  const { body } = loop;
  if (!body) return undefined;
  const fields = itemFields(step, body);
  const fixed = await new Binder(scope, context).stepInputs(withoutInputs(body, fields));
  const given: Record<string, JobInput> = {};
  for (const [name, input] of Object.entries(fixed)) given[name] = { ...input, binding: null };
  for (const [name, type] of fields) given[name] = { type, optional: false, binding: null };
  const inside = Object.fromEntries(
    Object.entries(given).map(([name, input]) => [
      name,
      { ...input, binding: { from: "input" as const, input: name } },
    ]),
  );
  const items = Array.isArray(loop.items) ? loop.items : scope.resolve(loop.items.to, loop.items.at, undefined);
  const placed = new PlacedPipeline(
    body.pipeline ?? { label: body.name, steps: new Map([[onlyStep, body]]), outputs: new Map() },
    issues,
  );
  const steps: Record<string, unknown> = {};
  const inner: Inherited = { after: [], when: null, compute: body.compute ?? compute };
  const scopeInside = innerScope(
    placed,
    { ...body, component: undefined, inputs: entriesOf(body, inside) },
    inside,
    issues,
  );
  if (body.pipeline) await buildSteps(placed, scopeInside, inner, context, steps);
  else {
    if (!body.component) checkInline(body, `the step "${body.name}"`, scope, issues);
    const outputs: Record<string, JobOutput> = placed.outputs.steps.get(onlyStep) ?? outputsOf(placed, body);
    steps[onlyStep] = buildStep({ ...body, name: onlyStep }, { inputs: inside, outputs }, inner, scopeInside, issues);
  }
  const links = body.pipeline
    ? placed.links
    : Object.fromEntries([...body.outputs.keys()].map((output) => [output, { step: onlyStep, output }]));
  const folder = { type: "uri_folder" as const, register: null };
  return {
    type: "foreach",
    ...(step.displayName === undefined ? {} : { displayName: step.displayName }),
    ...(after.length === 0 ? {} : { after }),
    ...(when ? { when } : {}),
    inputs: Object.fromEntries(Object.entries(fixed).filter(([, { binding }]) => binding !== null)),
    outputs: { ...Object.fromEntries(Object.keys(links).map((output) => [output, folder])), ...outputs },
    items: items ?? [],
    item: fields.keys().next().value ?? "item",
    body: { inputs: given, outputs: links, steps },
    ...(loop.maxConcurrent === undefined ? {} : { maxConcurrent: loop.maxConcurrent }),
  };
}

const outputsOf = (placed: PlacedPipeline, body: LoadedStep): Record<string, JobOutput> =>
  placed.outputs.steps.get(body.name) ?? {};

/** The inputs of the body that an item fills: those that it names, or, where it is not known yet, those without a value. */
function itemFields(step: LoadedStep, body: LoadedStep): Map<string, JobInput["type"]> {
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
function withoutInputs(body: LoadedStep, fields: ReadonlyMap<string, unknown>): LoadedStep {
  const open = <V>(map: Map<string, V>): Map<string, V> => new Map([...map].filter(([name]) => !fields.has(name)));
  const component: Component | undefined = body.component && { ...body.component, ports: open(body.component.ports) };
  return { ...body, component, inputs: open(body.inputs) };
}

const entriesOf = (body: LoadedStep, inside: Record<string, JobInput>): LoadedStep["inputs"] =>
  new Map(Object.entries(inside).map(([name, { optional }]) => [name, { name, at: body.at, optional }]));
