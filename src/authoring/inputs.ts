import type { z } from "zod";
import type { Binding, jobDefinitionSchema } from "../contract/job.ts";
import { didYouMean } from "../contract/suggest.ts";
import type { Asset } from "./assets.ts";
import { InputReference, OutputReference, TextReference } from "./reference.ts";
import { content, type Graph, type StepHandle, type When } from "./spec.ts";
import type { InputDeclaration, InputSpec, Inputs, IoType, OutputDeclaration, OutputSpec, Scalar } from "./types.ts";
import { undefinedAt, wrong } from "./wrong.ts";

export type Draft = z.input<typeof jobDefinitionSchema>;
export type DraftStep = Draft["steps"][string];
export type DraftInput = NonNullable<DraftStep["inputs"]>[string];
type ValueSource = Extract<Binding, { from: "text" }>["parts"][number];

/** What binding needs of the world: files become digests. */
export interface FilesPlace {
  /** Stores a file or folder as it is; `path` is the file's name when it is one. */
  files(path: string): Promise<{ digest: string; path?: string }>;
}

/** Gives inputs of the steps of one pipeline, or of the body of a loop, the bindings of their values. */
export class Binder {
  readonly #place: FilesPlace;
  readonly #graph: Graph;
  readonly #names: ReadonlyMap<object, string>;

  constructor(place: FilesPlace, graph: Graph) {
    this.#place = place;
    this.#graph = graph;
    this.#names = new Map(Object.entries(graph.steps).map(([name, step]) => [step, name]));
  }

  /** All inputs that are declared, with what they are given or else their defaults. */
  async inputs(
    declared: Inputs,
    given: Readonly<Record<string, unknown>>,
    at: string,
  ): Promise<Record<string, DraftInput>> {
    for (const [name, value] of Object.entries(given)) {
      if (!Object.hasOwn(declared, name))
        throw wrong(`${at}.${name}`, "there is no such input", didYouMean(name, Object.keys(declared)));
      if (value === undefined) throw undefinedAt(`${at}.${name}`);
    }
    const inputs: Record<string, DraftInput> = {};
    for (const [name, declaration] of Object.entries(declared))
      inputs[name] = await this.#input(declaration, given[name], `${at}.${name}`);
    return inputs;
  }

  async #input(declaration: InputDeclaration, given: unknown, at: string): Promise<DraftInput> {
    const { default: preset, ...rest } = inputSpecOf(declaration);
    return { ...rest, binding: await this.#binding(given ?? preset ?? null, at) };
  }

  /** What people are shown at a gate: of the type that it has. */
  async shown(given: Readonly<Record<string, unknown>>, at: string): Promise<Record<string, DraftInput>> {
    const inputs: Record<string, DraftInput> = {};
    for (const [name, value] of Object.entries(given))
      inputs[name] = {
        type: this.#typeOf(value, `${at}.${name}`),
        binding: await this.required(value, `${at}.${name}`),
      };
    return inputs;
  }

  async condition({ left, field = [], ...rest }: When, at: string): Promise<DraftStep["when"]> {
    return { left: await this.required(left, `${at}.left`), field: [...field], ...rest };
  }

  async required(value: unknown, at: string): Promise<Binding> {
    const binding = await this.#binding(value, at);
    if (!binding) throw undefinedAt(at);
    return binding;
  }

  async #binding(value: unknown, at: string): Promise<Binding | null> {
    if (value === undefined || value === null) return null;
    if (value instanceof TextReference)
      return { from: "text", parts: value.parts.map((part) => this.#value(part, at)) };
    if (typeof value !== "object" || value instanceof InputReference || value instanceof OutputReference)
      return this.#value(value, at);
    const asset = value as Asset;
    if (asset.asset === "elsewhere") return asset.source as Binding;
    if (asset.asset === "local") return { from: "tree", ...(await this.#place.files(asset.name)) };
    const { asset: kind, ...named } = asset;
    return { from: "asset", kind, ...named };
  }

  #value(value: unknown, at: string): ValueSource {
    if (value instanceof InputReference) return { from: "input", input: this.#inputName(value, at) };
    if (value instanceof OutputReference) return { from: "step", ...this.output(value, at) };
    return { from: "literal", value: value as Scalar };
  }

  output(reference: unknown, at: string): { step: string; output: string } {
    if (!(reference instanceof OutputReference)) throw wrong(at, "this is not an output of a step");
    return { step: this.nameOf(reference.step, at), output: reference.output };
  }

  nameOf(step: object, at: string): string {
    const name = this.#names.get(step);
    if (name !== undefined) return name;
    const hint = "Return that step under `steps` too; what the body of a loop takes from outside is an input of it.";
    throw wrong(at, "it comes from a step that is not among the pipeline's steps", hint);
  }

  #inputName(reference: InputReference, at: string): string {
    const { input } = reference;
    if (this.#graph.references[input] === reference) return input;
    throw wrong(
      at,
      `it is the input "${input}" of another pipeline`,
      "The body of a loop is given it as an input of its own.",
    );
  }

  #typeOf(value: unknown, at: string): IoType {
    if (typeof value === "boolean") return "boolean";
    if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
    if (typeof value === "string" || value instanceof TextReference) return "string";
    if (value instanceof InputReference) return typeOf(this.#graph.inputs[this.#inputName(value, at)]!);
    if (!(value instanceof OutputReference))
      throw wrong(at, "this is no value, no input of the pipeline and no output of a step");
    const what = (value.step as StepHandle)[content];
    if (what.type === "foreach" || what.type === "gate") return "uri_folder";
    return typeOf(what.component.spec.outputs![value.output]!);
  }
}

const typeOf = (declaration: InputDeclaration | OutputDeclaration): IoType =>
  typeof declaration === "string" ? declaration : declaration.type;

const inputSpecOf = (
  declaration: InputDeclaration,
): Omit<InputSpec, "default" | "enum"> & { default?: Scalar; enum?: Scalar[] } =>
  typeof declaration === "string"
    ? { type: declaration }
    : { ...declaration, enum: declaration.enum && [...declaration.enum] };

export const outputSpecOf = (declaration: OutputDeclaration): OutputSpec =>
  typeof declaration === "string" ? { type: declaration } : declaration;
