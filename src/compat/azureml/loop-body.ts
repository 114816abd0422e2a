import type { JobInput, JobOutput } from "../../contract/job.ts";
import { buildStep } from "./build.ts";
import type { Context } from "./context.ts";
import type { ScalarNode } from "./document.ts";
import { buildSteps, checkInline, type Inherited, innerScope, PlacedPipeline } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import type { LoadedStep } from "./step.ts";

const onlyStep = "main";

interface Body {
  inputs: Record<string, JobInput>;
  outputs: Record<string, { step: string; output: string }>;
  steps: Record<string, unknown>;
}

/** What a loop repeats: a pipeline, or one step, which takes everything as inputs that are `given` with each item. */
export async function buildBody(
  body: LoadedStep,
  given: Record<string, JobInput>,
  scope: Scope,
  compute: ScalarNode | undefined,
  context: Context,
): Promise<Body> {
  const inherited: Inherited = { after: [], when: null, compute: body.compute ?? compute };
  const inside = Object.fromEntries(
    Object.entries(given).map(([name, input]): [string, JobInput] => [
      name,
      { ...input, binding: { from: "input", input: name } },
    ]),
  );
  const build = body.pipeline ? buildPipeline : buildOnlyStep;
  return { inputs: given, ...(await build(body, inside, scope, inherited, context)) };
}

async function buildPipeline(
  body: LoadedStep,
  inside: Record<string, JobInput>,
  _: Scope,
  inherited: Inherited,
  context: Context,
): Promise<Omit<Body, "inputs">> {
  const placed = new PlacedPipeline(body.pipeline!, context.issues);
  const steps: Record<string, unknown> = {};
  await buildSteps(placed, scopeInside(placed, body, inside, context), inherited, context, steps);
  return { outputs: placed.links, steps };
}

async function buildOnlyStep(
  body: LoadedStep,
  inside: Record<string, JobInput>,
  scope: Scope,
  inherited: Inherited,
  context: Context,
): Promise<Omit<Body, "inputs">> {
  const { issues } = context;
  const pipeline = { label: body.name, steps: new Map([[onlyStep, body]]), outputs: new Map() };
  const placed = new PlacedPipeline(pipeline, issues);
  if (!body.component) checkInline(body, `the step "${body.name}"`, scope, issues);
  const outputs: Record<string, JobOutput> = placed.outputs.steps.get(body.name) ?? {};
  const parts = { inputs: inside, outputs };
  const main = buildStep(
    { ...body, name: onlyStep },
    parts,
    inherited,
    scopeInside(placed, body, inside, context),
    issues,
  );
  const links = [...body.outputs.keys()].map((output) => [output, { step: onlyStep, output }] as const);
  return { outputs: Object.fromEntries(links), steps: { [onlyStep]: main } };
}

/** The steps of the body can be bound to its inputs, and to nothing outside. */
function scopeInside(
  placed: PlacedPipeline,
  body: LoadedStep,
  inside: Record<string, JobInput>,
  { issues }: Context,
): Scope {
  const inputs = Object.entries(inside).map(([name, { optional }]) => [name, { name, at: body.at, optional }] as const);
  return innerScope(placed, { ...body, component: undefined, inputs: new Map(inputs) }, inside, issues);
}
