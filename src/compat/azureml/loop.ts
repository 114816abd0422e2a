import type { JobInput, JobOutput } from "../../contract/job.ts";
import { Binder } from "./binder.ts";
import type { Context } from "./context.ts";
import { type ItemFields, itemFields, withoutInputs } from "./item-fields.ts";
import { buildBody } from "./loop-body.ts";
import type { Inherited } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import type { LoadedStep } from "./step.ts";

/** A `parallel_for` as a loop of a definition: its body takes everything as inputs, from the item or from the loop. */
export async function buildLoop(
  step: LoadedStep,
  scope: Scope,
  outputs: Record<string, JobOutput>,
  { after, when, compute }: Inherited,
  context: Context,
): Promise<unknown> {
  const loop = step.loop!;
  if (!loop.body) return undefined;
  const fields = itemFields(step, loop.body);
  const fixed = await new Binder(scope, context).stepInputs(withoutInputs(loop.body, fields));
  const items = Array.isArray(loop.items) ? loop.items : scope.resolve(loop.items.to, loop.items.at, undefined);
  const body = await buildBody(loop.body, bodyInputs(fixed, fields), scope, compute, context);
  const folder = { type: "uri_folder" as const, register: null };
  return {
    type: "foreach",
    ...(step.displayName === undefined ? {} : { displayName: step.displayName }),
    ...(after.length === 0 ? {} : { after }),
    ...(when ? { when } : {}),
    inputs: Object.fromEntries(Object.entries(fixed).filter(([, { binding }]) => binding !== null)),
    outputs: { ...Object.fromEntries(Object.keys(body.outputs).map((output) => [output, folder])), ...outputs },
    items: items ?? [],
    item: fields.keys().next().value ?? "item",
    body,
    ...(loop.maxConcurrent === undefined ? {} : { maxConcurrent: loop.maxConcurrent }),
    ...(loop.maxFailures === undefined ? {} : { maxFailures: loop.maxFailures }),
  };
}

/** Of the body's inputs, values are said by the loop and by each item. */
function bodyInputs(fixed: Record<string, JobInput>, fields: ItemFields): Record<string, JobInput> {
  const inputs: Record<string, JobInput> = {};
  for (const [name, input] of Object.entries(fixed)) inputs[name] = { ...input, binding: null };
  for (const [name, type] of fields) inputs[name] = { type, optional: false, binding: null };
  return inputs;
}
