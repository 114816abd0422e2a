import type { Condition, JobInput } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import { Binder } from "./binder.ts";
import { buildStep } from "./build.ts";
import type { Context } from "./context.ts";
import { type ScalarNode, scalarAt } from "./document.ts";
import { checkCommand, checkVariable } from "./expression.ts";
import { findCycle } from "./graph.ts";
import { boundsOf, type InputEntry } from "./inputs.ts";
import type { Issues } from "./issues.ts";
import { buildLoop } from "./loop.ts";
import type { OutputEntry } from "./outputs.ts";
import { type PlacedOutputs, placeOutputs } from "./pipelineOutputs.ts";
import { Scope } from "./scope.ts";
import type { LoadedStep } from "./step.ts";
import type { InputType } from "./types.ts";
import { bindWhen } from "./when.ts";

/** Steps as they are written: those of a job, or of a component, which may be used many times. */
export interface LoadedPipeline {
  label: string;
  steps: Map<string, LoadedStep | undefined>;
  outputs: Map<string, OutputEntry>;
}

/** One use of a pipeline: where its outputs go, and the pipelines in it. Definitions are flat: a step in a step is a step. */
export class PlacedPipeline {
  readonly steps: LoadedPipeline["steps"];
  readonly outputs: PlacedOutputs;
  readonly nested = new Map<string, PlacedPipeline>();
  /** Names of the steps around it. */
  readonly #path: readonly string[];

  constructor(pipeline: LoadedPipeline, issues: Issues, path: readonly string[] = []) {
    this.steps = pipeline.steps;
    this.#path = path;
    this.outputs = placeOutputs(pipeline.steps, pipeline.outputs, issues);
    for (const step of pipeline.steps.values()) {
      if (!step?.pipeline) continue;
      const outputs = targets(step.pipeline, this.outputs.written.get(step.name) ?? new Map());
      this.nested.set(step.name, new PlacedPipeline({ ...step.pipeline, outputs }, issues, [...path, step.name]));
    }
  }

  /** `train__score` for the step `score` of the pipeline that is the step `train`. */
  flat(step: string): string {
    return [...this.#path, step].join("__");
  }

  /** The names that a step has in the definition: one, or those of its pipeline. */
  flatNames(step: string): string[] {
    const inner = this.nested.get(step);
    return inner ? [...inner.steps.keys()].flatMap((name) => inner.flatNames(name)) : [this.flat(step)];
  }

  sourceOf(step: string, output: string): { step: string; output: string } {
    const inner = this.nested.get(step);
    const source = inner && Object.hasOwn(inner.outputs.pipeline, output) ? inner.outputs.pipeline[output] : undefined;
    return inner && source ? inner.sourceOf(source.step, source.output) : { step: this.flat(step), output };
  }

  get links(): PlacedOutputs["pipeline"] {
    const links = Object.entries(this.outputs.pipeline).filter(([, { step, output }]) => this.#isWritten(step, output));
    return Object.fromEntries(links.map(([name, { step, output }]) => [name, this.sourceOf(step, output)]));
  }

  get types(): Map<string, Map<string, InputType>> {
    const types = [...this.outputs.steps].map(([name, outputs]) => {
      const written = Object.keys(outputs).filter((output) => this.#isWritten(name, output));
      const byOutput = written.map((output) => [output, this.#typeOf(name, output)] as const);
      return [name, new Map(byOutput)] as const;
    });
    return new Map(types);
  }

  /** A pipeline may declare an output that none of its steps writes. */
  #isWritten(step: string, output: string): boolean {
    const inner = this.nested.get(step);
    if (!inner || [...inner.steps.values()].includes(undefined)) return true;
    const source = Object.hasOwn(inner.outputs.pipeline, output) ? inner.outputs.pipeline[output] : undefined;
    return source !== undefined && inner.#isWritten(source.step, source.output);
  }

  /** What a pipeline's output has no type for is of the type that its step writes. */
  #typeOf(step: string, output: string): InputType {
    const inner = this.nested.get(step);
    const source = inner && Object.hasOwn(inner.outputs.pipeline, output) ? inner.outputs.pipeline[output] : undefined;
    if (inner && source) return inner.#typeOf(source.step, source.output);
    return this.outputs.steps.get(step)![output]!.type;
  }
}

/** The outputs of a pipeline in a pipeline, with what the step around it says about them. */
function targets(pipeline: LoadedPipeline, written: Map<string, OutputEntry>): Map<string, OutputEntry> {
  const outputs = [...pipeline.outputs.values()].map((output): [string, OutputEntry] => {
    const { type, register, url } = written.get(output.name) ?? output;
    return [output.name, { ...output, becomes: undefined, type: type ?? output.type, register, url }];
  });
  return new Map(outputs);
}

/** What the steps of a pipeline have in common besides what they are bound to. */
export interface Inherited {
  after: string[];
  when: Condition | null;
  /** Of the pipeline: where its steps run that do not say it. */
  compute: ScalarNode | undefined;
}

/** Connects the steps of a pipeline and adds them to a definition. */
export async function buildSteps(
  placed: PlacedPipeline,
  scope: Scope,
  inherited: Inherited,
  context: Context,
  built: Record<string, unknown>,
): Promise<void> {
  const { issues } = context;
  const binder = new Binder(scope, context);
  for (const step of placed.steps.values()) {
    if (!step) continue;
    if (!step.component) checkInline(step, `the step "${step.name}"`, scope, issues);
    checkAfter(step, placed.steps, issues);
    const own = step.when && bindWhen(step.when, scope);
    if (own && inherited.when) {
      const message = `the step "${step.name}" has a condition, and so has the pipeline that it is in`;
      issues.add(step.when!.at, message, "Decide by one of the two.");
    }
    const around: Inherited = {
      after: [...inherited.after, ...step.after.flatMap(({ value }) => placed.flatNames(value))],
      when: own ?? inherited.when,
      compute: step.compute ?? inherited.compute,
    };
    const inner = placed.nested.get(step.name);
    if (inner && step.pipeline) {
      const inside = innerScope(inner, step, await binder.stepInputs(step), issues);
      await buildSteps(inner, inside, around, context, built);
    } else if (step.loop) {
      const loop = await buildLoop(step, scope, placed.outputs.steps.get(step.name) ?? {}, around, context);
      if (loop) put(built, placed.flat(step.name), loop, step, issues);
    } else {
      const parts = { inputs: await binder.stepInputs(step), outputs: placed.outputs.steps.get(step.name) ?? {} };
      put(built, placed.flat(step.name), buildStep(step, parts, around, scope, issues), step, issues);
    }
  }
  reportCycle(placed.steps, issues);
}

function put(built: Record<string, unknown>, name: string, step: unknown, { at }: LoadedStep, issues: Issues): void {
  if (Object.hasOwn(built, name)) issues.add(at, `two steps would have the name "${name}"`, "Rename one of the two.");
  built[name] = step;
}

/** What the steps of a pipeline in a pipeline are bound to. */
export function innerScope(
  placed: PlacedPipeline,
  step: Pick<LoadedStep, "component" | "inputs">,
  given: Record<string, JobInput>,
  issues: Issues,
): Scope {
  const ports = step.component
    ? [...step.component.ports.values()]
    : [...step.inputs.values()].map((entry) => ({ ...entry, ...entry.port, type: given[entry.name]?.type }));
  const inputs = ports.map((port): [string, InputEntry] => {
    const { name, at, optional } = port;
    const input = Object.hasOwn(given, name) ? given[name] : undefined;
    const type = input?.type ?? port.type;
    const entry = { name, at, optional, port: type && { ...port, type, default: undefined } };
    if (!input) return [name, { ...entry, given: { kind: "broken" } }];
    const { binding } = input;
    if (binding === null) return [name, { ...entry, optional: true }];
    if (binding.from === "literal")
      return [name, { ...entry, given: { kind: "literal", node: scalarAt(at, binding.value) } }];
    return [name, { ...entry, given: { kind: "bound", to: { kind: "parentInput", input: name }, at } }];
  });
  const { steps, types } = placed;
  const sourceOf = (name: string, output: string) => placed.sourceOf(name, output);
  return new Scope({ inputs: new Map(inputs), steps, types, sourceOf, given }, issues);
}

/** Checks the command of a job or of a step without a component, which declares its inputs by giving them values. */
export function checkInline(step: LoadedStep, what: string, scope: Scope, issues: Issues): void {
  if (!step.spec?.command) return;
  const inputs = [...step.inputs.values()].map(({ name, given, optional }) => {
    const isBound = given?.kind === "bound";
    const mayBeAbsent = isBound ? scope.isOptional(given.to) : optional;
    return [name, { optional: mayBeAbsent, hasDefault: !isBound && given !== undefined }] as const;
  });
  const parameters = step.sweep && new Set(Object.keys(step.sweep.searchSpace));
  const named = { inputs: new Map(inputs), outputs: step.outputs, owner: what, parameters };
  checkCommand(step.spec.command, named, issues);
  for (const variable of step.spec.boundVariables) checkVariable(variable, named, issues);
}

function checkAfter(step: LoadedStep, steps: ReadonlyMap<string, unknown>, issues: Issues): void {
  for (const { value, at } of step.after) {
    if (!steps.has(value)) issues.add(at, `there is no step "${value}"`, didYouMean(value, steps.keys()));
  }
}

function reportCycle(steps: LoadedPipeline["steps"], issues: Issues): void {
  const needs = new Map<string, string[]>();
  for (const [name, step] of steps) {
    const inputs = [...(step?.inputs.values() ?? []), ...(step?.loop?.body?.inputs.values() ?? [])];
    const bound = inputs
      .flatMap(({ given }) => boundsOf(given))
      .flatMap((to) => (to.kind === "stepOutput" ? [to.step] : []));
    const source = step?.when?.source;
    const decided = source?.kind === "stepOutput" ? [source.step] : [];
    const after = (step?.after ?? []).map(({ value }) => value);
    needs.set(
      name,
      [...bound, ...decided, ...after].filter((need) => steps.has(need)),
    );
  }
  const cycle = findCycle(needs);
  const at = cycle && steps.get(cycle[0]!)?.at;
  const message = `the steps need each other in a circle: ${cycle?.join(" needs ")}`;
  if (at) issues.add(at, message, "Remove one of these bindings.");
}
