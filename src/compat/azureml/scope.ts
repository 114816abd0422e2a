import { literalText } from "../../contract/command.ts";
import type { Binding, JobInput, TextBinding } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import { type Literal, scalarAt } from "./document.ts";
import type { Bound } from "./expression.ts";
import { checkLiteral, type Given, type InputEntry, type Port } from "./inputs.ts";
import type { At, Issues } from "./issues.ts";
import type { LoadedStep } from "./step.ts";
import { areFilesAlike, coerce, type InputType, isAsset, isCompatible } from "./types.ts";

/** What there is in a pipeline to be bound to. */
export interface Surroundings {
  inputs: ReadonlyMap<string, InputEntry>;
  /** A step that was refused is known by name and not looked into. */
  steps: ReadonlyMap<string, LoadedStep | undefined>;
  types: ReadonlyMap<string, ReadonlyMap<string, InputType>>;
  /** The step that writes an output of a step; another one when the step is a pipeline. */
  sourceOf(step: string, output: string): { step: string; output: string };
  /** Of a pipeline in a pipeline: what its inputs stand for there. */
  given?: Readonly<Record<string, JobInput>>;
}

/** What the steps of a pipeline can be bound to. */
export class Scope {
  readonly #around: Surroundings;
  readonly #issues: Issues;

  constructor(around: Surroundings, issues: Issues) {
    this.#around = around;
    this.#issues = issues;
  }

  get inputs(): ReadonlyMap<string, InputEntry> {
    return this.#around.inputs;
  }

  typeOf(to: Bound): InputType | undefined {
    if (to.kind === "parentInput") return this.inputs.get(to.input)?.port?.type;
    return to.kind === "stepOutput" ? this.#around.types.get(to.step)?.get(to.output) : undefined;
  }

  /** May this be without a value in some run of the pipeline? */
  isOptional(to: Bound): boolean {
    return to.kind === "parentInput" && this.inputs.get(to.input)?.optional === true;
  }

  /** Is it without a value in this one? */
  isAbsent(to: Bound): boolean {
    return to.kind === "parentInput" && this.isOptional(to) && !this.inputs.get(to.input)?.given;
  }

  /** The binding of an input of a step; an issue when there is no such source, or when it does not fit the port. */
  resolve(to: Bound, at: At, port: Port | undefined): Binding | undefined {
    if (to.kind === "parentInput") return this.#resolveInput(to.input, at, port);
    if (to.kind === "stepOutput") return this.#resolveOutput(to, at, port);
    const hint = "Bind it to the step that writes the output.";
    this.#issues.add(at, "an input cannot be bound to an output of the pipeline", hint);
    return undefined;
  }

  #resolveInput(name: string, at: At, port: Port | undefined): Binding | undefined {
    const source = this.inputs.get(name);
    if (!source) {
      this.#issues.add(at, `the pipeline has no input "${name}"`, didYouMean(name, this.inputs.keys()));
      return undefined;
    }
    if (port && source.port) this.#checkInput(source, source.port, port, at);
    const { given } = this.#around;
    if (!given) return { from: "input", input: name };
    const binding = Object.hasOwn(given, name) ? (given[name]!.binding ?? undefined) : undefined;
    if (binding?.from !== "literal" || !port || isAsset(port.type) || source.given?.kind !== "literal") return binding;
    return { from: "literal", value: coerce(source.given.node, port.type) ?? binding.value };
  }

  /** Text with values in it: a literal when all of them are known, else what it is put together from. */
  join({ parts, at }: Extract<Given, { kind: "text" }>, port: Port): Binding | undefined {
    if (isAsset(port.type)) {
      const hint = "Bind the whole value, or name the file or asset.";
      this.#issues.add(
        at,
        `the input "${port.name}" takes ${port.type}, but it is given text with a value in it`,
        hint,
      );
      return undefined;
    }
    const values: TextBinding["parts"] = [];
    for (const part of parts) {
      const found = typeof part === "string" ? [literal(part)] : this.#valuesOf(part, at);
      if (!found) return undefined;
      values.push(...found);
    }
    const texts = values.flatMap((value) => (value.from === "literal" ? literalText(value.value) : []));
    if (texts.length < values.length) return { from: "text", parts: values };
    const value = checkLiteral(scalarAt(at, texts.join("")), port, this.#issues);
    return value === undefined ? undefined : literal(value);
  }

  #valuesOf(to: Bound, at: At): TextBinding["parts"] | undefined {
    const type = this.typeOf(to);
    if (type && isAsset(type)) {
      this.#issues.add(at, `only values can be part of a text, but this is a ${type}`);
      return undefined;
    }
    if (this.isAbsent(to)) return [];
    const found = this.resolve(to, at, undefined);
    if (found?.from === "text") return found.parts;
    return found?.from === "literal" || found?.from === "input" || found?.from === "step" ? [found] : undefined;
  }

  /** The text of a value that a field takes from an input, such as the compute of a step. */
  textOf(name: string): string | undefined {
    const given = this.inputs.get(name)?.given;
    return given?.kind === "literal" ? given.node.text : this.inputs.get(name)?.port?.default?.text;
  }

  #checkInput(source: InputEntry, from: Port, port: Port, at: At): void {
    if (isAsset(from.type) !== isAsset(port.type)) {
      const hint = isAsset(port.type) ? `Declare it as ${from.name}: { type: ${port.type}, path: … }.` : undefined;
      const message = `the input "${port.name}" takes ${port.type}, but the pipeline's "${from.name}" is ${from.type}`;
      this.#issues.add(at, message, hint);
    } else if (source.given?.kind === "literal") checkLiteral(source.given.node, port, this.#issues, at);
    if (source.optional && !source.given && !port.optional && !port.default) {
      const message = `the pipeline's input "${from.name}" is optional and has no value, but "${port.name}" is required`;
      this.#issues.add(at, message, `Set it: inputs.${from.name}=….`);
    }
  }

  #resolveOutput(to: { step: string; output: string }, at: At, port: Port | undefined): Binding | undefined {
    if (!this.#around.steps.has(to.step)) {
      this.#issues.add(at, `there is no step "${to.step}"`, didYouMean(to.step, this.#around.steps.keys()));
      return undefined;
    }
    const types = this.#around.types.get(to.step);
    if (!types) return undefined;
    const type = types.get(to.output);
    if (!type) {
      this.#issues.add(at, `the step "${to.step}" has no output "${to.output}"`, didYouMean(to.output, types.keys()));
      return undefined;
    }
    if (port && !isCompatible(type, port.type)) {
      const message = `the input "${port.name}" takes ${port.type}, but the output "${to.output}" of step "${to.step}" is ${type}`;
      if (areFilesAlike(type, port.type)) this.#issues.warn(at, `${message}: it is passed on as it is`);
      else this.#issues.add(at, message);
    }
    return { from: "step", ...this.#around.sourceOf(to.step, to.output) };
  }
}

const literal = (value: Literal) => ({ from: "literal" as const, value });
