import type { z } from "zod";
import { Problem } from "../contract/errors.ts";
import { type Binding, type JobDefinition, type JobEnvironment, jobDefinitionSchema } from "../contract/job.ts";
import {
  commandOf,
  content,
  type EnvironmentSpec,
  InputReference,
  OutputReference,
  type StepHandle,
} from "./component.ts";
import { type PackagePlace, packagesOf } from "./packages.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Asset, InputDeclaration, Inputs, IoType, OutputDeclaration, Outputs } from "./types.ts";

/** What lowering needs of the world: files become digests, names of environments what they stand for. */
export interface Place extends PackagePlace {
  /** Stores a file or folder; `path` is the file's name when it is one. */
  store(path: string, what: "code" | "input"): Promise<{ digest: string; path?: string }>;
  environment(name: string, version: string | undefined): Promise<JobEnvironment>;
}

type Draft = z.input<typeof jobDefinitionSchema>;
type DraftStep = Draft["steps"][string];
type DraftInput = NonNullable<DraftStep["inputs"]>[string];

/** A pipeline as the definition that YAML of the same meaning gives: the same digests, the same keys. */
export async function lowerPipeline({ pipeline }: Pipeline, place: Place): Promise<JobDefinition> {
  const declared = pipeline.inputs ?? {};
  const references = Object.fromEntries(Object.keys(declared).map((name) => [name, new InputReference(name)]));
  const { steps, outputs = {} } = pipeline.steps(references as never);
  const names = new Map(Object.entries(steps).map(([name, step]) => [step, name]));
  const lowering = new Lowering(place, names);
  const inputs: Draft["inputs"] = {};
  for (const [name, declaration] of Object.entries(declared)) {
    const value = (pipeline.values as Record<string, unknown> | undefined)?.[name];
    inputs[name] = await lowering.input(declaration, value, `inputs.${name}`);
  }
  const drafted: Draft["steps"] = {};
  for (const [name, step] of Object.entries(steps)) drafted[name] = await lowering.step(step, name);
  const parsed = jobDefinitionSchema.safeParse({
    type: "pipeline",
    displayName: pipeline.displayName,
    experiment: pipeline.experiment,
    description: pipeline.description,
    tags: pipeline.tags,
    continueOnStepFailure: pipeline.continueOnStepFailure,
    forceRerun: pipeline.forceRerun,
    inputs,
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, reference]) => [name, lowering.output(reference, `outputs.${name}`)]),
    ),
    steps: drafted,
  } satisfies Draft);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw wrong(issue.path.join("."), issue.message);
}

const specOf = <T extends { type: IoType }>(declaration: IoType | T): T =>
  typeof declaration === "string" ? ({ type: declaration } as T) : declaration;

class Lowering {
  readonly #place: Place;
  readonly #names: ReadonlyMap<StepHandle, string>;

  constructor(place: Place, names: ReadonlyMap<StepHandle, string>) {
    this.#place = place;
    this.#names = names;
  }

  async step(step: StepHandle, name: string): Promise<DraftStep> {
    const what = step[content];
    const { displayName, after } = what.options;
    const common = {
      ...(displayName === undefined ? {} : { displayName }),
      ...(after ? { after: after.map((before) => this.#nameOf(before, `steps.${name}.after`)) } : {}),
    };
    if (what.type === "gate") return { type: "gate", ...common, ...what.gate };
    const { spec } = what.component;
    const command = await this.#command(what, name);
    if (what.type === "command") return { ...common, ...command };
    const given = await this.#inputs(spec.inputs ?? {}, what.given, `steps.${name}`, "given");
    if (what.type === "sweep") {
      const outputs = outputsOf(spec.outputs ?? {});
      return {
        type: "sweep",
        ...common,
        inputs: given,
        outputs,
        trial: command,
        ...(what.sweep as never as object),
      } as DraftStep;
    }
    return { ...common, ...(await this.#loop(what, given, command, name)) };
  }

  async #loop(
    { component, loop }: { component: { spec: { outputs?: Outputs } }; loop: object },
    inputs: Record<string, DraftInput>,
    command: DraftStep,
    name: string,
  ): Promise<DraftStep> {
    const { item, of, ...limits } = loop as { item: string; of: unknown };
    const outputs = Object.keys(component.spec.outputs ?? {});
    const inner = (command.inputs ?? {}) as Record<string, DraftInput>;
    if (of === undefined) {
      throw wrong(`steps.${name}.items`, "it is undefined", "Is the output's name right? `tsc` would tell.");
    }
    const items = Array.isArray(of)
      ? of
      : (await this.input({ type: "uri_folder" }, of, `steps.${name}.items`)).binding;
    return {
      type: "foreach",
      ...limits,
      ...{ item, items, inputs },
      outputs: Object.fromEntries(outputs.map((output) => [output, { type: "uri_folder" }])),
      body: {
        inputs: inner,
        outputs: Object.fromEntries(outputs.map((output) => [output, { step: "main", output }])),
        steps: {
          main: {
            ...command,
            inputs: Object.fromEntries(
              Object.entries(inner).map(([input, declared]) => [
                input,
                { ...declared, binding: { from: "input", input } },
              ]),
            ),
          },
        },
      },
    } as DraftStep;
  }

  async #command(what: Exclude<StepHandle[typeof content], { type: "gate" }>, name: string) {
    const { spec } = what.component;
    const { displayName: _, after: __, ...options } = { ...pickOptions(spec), ...what.options };
    const where = `steps.${name}`;
    const code = spec.code === undefined ? null : (await this.#place.store(String(spec.code), "code")).digest;
    const which = what.type === "command" ? "all" : "declared";
    return {
      command: commandOf(spec),
      code,
      environment: await this.#environment(spec.environment),
      ...options,
      inputs: await this.#inputs(spec.inputs ?? {}, what.given, where, which),
      outputs: outputsOf(spec.outputs ?? {}),
    };
  }

  /** `all`: with their values; `given`: those that were given one; `declared`: with their defaults only. */
  async #inputs(
    declared: Inputs,
    given: Record<string, unknown>,
    where: string,
    which: "all" | "given" | "declared",
  ): Promise<Record<string, DraftInput>> {
    const inputs: Record<string, DraftInput> = {};
    for (const name of Object.keys(given)) {
      const at = `${where}.inputs.${name}`;
      if (!Object.hasOwn(declared, name)) throw wrong(at, "the component has no such input");
      if (given[name] === undefined)
        throw wrong(at, "it is undefined", "Is the output's name right? `tsc` would tell.");
    }
    for (const [name, declaration] of Object.entries(declared)) {
      if (which === "given" && given[name] === undefined) continue;
      const value = which === "declared" ? undefined : given[name];
      inputs[name] = await this.input(declaration, value, `${where}.inputs.${name}`);
    }
    return inputs;
  }

  async input(declaration: InputDeclaration, given: unknown, at: string): Promise<DraftInput> {
    const spec = specOf(declaration as IoType | { type: IoType; default?: unknown; enum?: readonly unknown[] });
    const { default: preset, enum: allowed, ...rest } = spec;
    const binding = await this.#binding(given === undefined ? preset : given, at);
    return { ...rest, ...(allowed ? { enum: [...(allowed as string[])] } : {}), binding };
  }

  async #binding(value: unknown, at: string): Promise<Binding | null> {
    if (value === undefined || value === null) return null;
    if (value instanceof InputReference) return { from: "input", input: value.input };
    if (value instanceof OutputReference) return { from: "step", ...this.output(value, at) };
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return { from: "literal", value };
    }
    const { asset, name, version, label } = value as Asset;
    if (asset !== "local") {
      return { from: "asset", kind: asset, name, ...(version ? { version } : {}), ...(label ? { label } : {}) };
    }
    return { from: "tree", ...(await this.#place.store(name, "input")) };
  }

  output(reference: unknown, at: string): { step: string; output: string } {
    if (reference instanceof OutputReference)
      return { step: this.#nameOf(reference.step, at), output: reference.output };
    throw wrong(at, "this is not an output of a step");
  }

  #nameOf(step: StepHandle, at: string): string {
    const name = this.#names.get(step);
    if (name !== undefined) return name;
    throw wrong(
      at,
      "it comes from a step that is not among the pipeline's steps",
      "Return that step under `steps` too.",
    );
  }

  async #environment(environment: string | EnvironmentSpec | undefined): Promise<JobEnvironment> {
    if (environment === undefined) return { name: null, condaFile: null, image: null };
    if (typeof environment === "string") {
      const [name = "", version] = environment.split(":");
      return this.#place.environment(name, version);
    }
    const { name = null, image = null } = environment;
    return { name, image, ...(await packagesOf(environment, this.#place)) };
  }
}

const pickOptions = (spec: object): object => {
  const {
    command: _,
    code: __,
    environment: ___,
    inputs: ____,
    outputs: _____,
    ...options
  } = spec as Record<string, unknown>;
  return options;
};

const outputsOf = (outputs: Outputs): NonNullable<DraftStep["outputs"]> =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, declaration]: [string, OutputDeclaration]) => [name, specOf(declaration)]),
  );

const wrong = (at: string, message: string, hint?: string): Problem =>
  new Problem("invalid", `The pipeline is not valid: ${at}: ${message}.`, { hint });
