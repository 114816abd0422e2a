import type { Binding, JobInput } from "../../contract/job.ts";
import { bindAsset } from "./asset.ts";
import type { Context } from "./context.ts";
import type { ScalarNode } from "./document.ts";
import type { Bound } from "./expression.ts";
import { checkLiteral, type InputEntry, type Port } from "./inputs.ts";
import type { At } from "./issues.ts";
import type { LoadedStep } from "./step.ts";
import { didYouMean } from "./suggest.ts";
import { type AssetType, type InputType, isAsset, isCompatible } from "./types.ts";

/** What the steps of a pipeline can see of it. A step that was refused is known by name and not looked into. */
export interface Scope {
  inputs: Map<string, InputEntry>;
  steps: Map<string, LoadedStep | undefined>;
  outputTypes: Map<string, Map<string, AssetType>>;
}

/** Connects the inputs of steps with what they are given. */
export class Binder {
  readonly #context: Context;
  readonly #scope: Scope;

  constructor(scope: Scope, context: Context) {
    this.#scope = scope;
    this.#context = context;
  }

  /** The inputs of a step: those of its component, or those that it gives itself. */
  async stepInputs(step: LoadedStep): Promise<Record<string, JobInput>> {
    const bound: Record<string, JobInput> = {};
    const ports = step.component?.ports;
    for (const [name, port] of ports ?? []) {
      const input = await this.#input(port, step.inputs.get(name), step);
      if (input) bound[name] = input;
    }
    for (const entry of step.inputs.values()) {
      if (!ports) {
        const input = await this.#input(this.#inlinePort(entry), entry, step);
        if (input) bound[entry.name] = input;
      } else if (!ports.has(entry.name)) {
        const hint = didYouMean(entry.name, ports.keys());
        this.#context.issues.add(entry.at, `${step.component!.label} has no input "${entry.name}"`, hint);
      }
    }
    return bound;
  }

  /** An input of the job itself. */
  async jobInput(entry: InputEntry): Promise<JobInput | undefined> {
    return entry.port ? this.#input(entry.port, entry, undefined) : this.#missing(entry);
  }

  #missing(entry: InputEntry): undefined {
    if (entry.given?.kind === "broken") return undefined;
    if (entry.given?.kind === "bound") {
      this.#context.issues.add(
        entry.given.at,
        `the input "${entry.name}" of the job cannot be bound: there is nothing above it`,
      );
    } else {
      const hint = `Write a value, or set it: inputs.${entry.name}=….`;
      this.#context.issues.add(entry.at, `the input "${entry.name}" has no value`, hint);
    }
    return undefined;
  }

  /** An inline step declares an input by binding it; the type is that of the source. */
  #inlinePort(entry: InputEntry): Port | undefined {
    if (entry.port || entry.given?.kind !== "bound") return entry.port;
    const type = this.#typeOf(entry.given.to);
    return type && { name: entry.name, at: entry.at, type, optional: this.#mayBeAbsent(entry.given.to) };
  }

  #mayBeAbsent(to: Bound): boolean {
    const input = to.kind === "parentInput" ? this.#scope.inputs.get(to.input) : undefined;
    return input?.optional === true && !input.given;
  }

  #typeOf(to: Bound): InputType | undefined {
    if (to.kind === "parentInput") return this.#scope.inputs.get(to.input)?.port?.type;
    if (to.kind === "stepOutput") return this.#scope.outputTypes.get(to.step)?.get(to.output);
    return undefined;
  }

  async #input(
    port: Port | undefined,
    entry: InputEntry | undefined,
    step: LoadedStep | undefined,
  ): Promise<JobInput | undefined> {
    const given = entry?.given;
    if (given?.kind === "broken") return undefined;
    if (given?.kind === "bound") {
      if (!step) return this.#missing(entry!);
      const binding = this.#bind(given.to, given.at, port, step);
      return port && binding && declare(port, binding);
    }
    if (!port) return entry && this.#missing(entry);
    const node = given?.node ?? port.default;
    if (!node) return this.#absent(port, entry, step);
    const binding = isAsset(port.type) ? await this.#asset(port, node, given) : this.#literal(port, node, given);
    return binding && declare(port, binding);
  }

  #absent(port: Port, entry: InputEntry | undefined, step: LoadedStep | undefined): JobInput | undefined {
    if (port.optional) return declare(port, null);
    const target = step ? `jobs.${step.name}.inputs.${port.name}` : `inputs.${port.name}`;
    const whose = step?.component ? ` of ${step.component.label}` : "";
    this.#context.issues.add(
      entry?.at ?? step?.at ?? port.at,
      `the required input "${port.name}"${whose} (${port.type}) has no value`,
      `Give it one under "inputs", or set ${target}=….`,
    );
    return undefined;
  }

  async #asset(port: Port, node: ScalarNode, given: InputEntry["given"]): Promise<Binding | undefined> {
    const type = port.type as AssetType;
    const typed = given?.kind === "path" ? given.type : type;
    if (isCompatible(typed, type)) return bindAsset(node, typed, this.#context);
    this.#context.issues.add(node.at, `the input "${port.name}" takes ${type}, but it is given ${typed}`);
    return undefined;
  }

  #literal(port: Port, node: ScalarNode, given: InputEntry["given"]): Binding | undefined {
    if (given?.kind === "path") {
      this.#context.issues.add(node.at, `the input "${port.name}" takes a ${port.type}, but it is given ${given.type}`);
      return undefined;
    }
    const value = checkLiteral(node, port, this.#context.issues);
    return value === undefined ? undefined : { from: "literal", value };
  }

  #bind(to: Bound, at: At, port: Port | undefined, step: LoadedStep): Binding | undefined {
    if (to.kind === "parentInput") return this.#bindInput(to.input, at, port);
    if (to.kind === "stepOutput") return this.#bindOutput(to, at, port, step);
    this.#context.issues.add(
      at,
      "an input cannot be bound to an output of the pipeline",
      "Bind it to the step that writes the output.",
    );
    return undefined;
  }

  #bindInput(name: string, at: At, port: Port | undefined): Binding | undefined {
    const { issues } = this.#context;
    const source = this.#scope.inputs.get(name);
    if (!source) {
      issues.add(at, `the pipeline has no input "${name}"`, didYouMean(name, this.#scope.inputs.keys()));
      return undefined;
    }
    if (!port || !source.port) return { from: "input", input: name };
    const isSourceAsset = isAsset(source.port.type);
    if (isSourceAsset && isAsset(port.type)) this.#checkAssets(source.port.type as AssetType, port, at);
    else if (isSourceAsset || isAsset(port.type))
      issues.add(
        at,
        `the input "${port.name}" takes ${port.type}, but the pipeline's "${name}" is ${source.port.type}`,
      );
    else if (source.given?.kind === "literal") checkLiteral(source.given.node, port, issues, at);
    if (!source.given && source.optional && !port.optional && !port.default)
      issues.add(at, `the pipeline's input "${name}" is optional and has no value, but "${port.name}" is required`);
    return { from: "input", input: name };
  }

  #bindOutput(
    to: { step: string; output: string },
    at: At,
    port: Port | undefined,
    step: LoadedStep,
  ): Binding | undefined {
    const { issues } = this.#context;
    if (!this.#scope.steps.has(to.step)) {
      issues.add(at, `there is no step "${to.step}"`, didYouMean(to.step, this.#scope.steps.keys()));
      return undefined;
    }
    const types = this.#scope.outputTypes.get(to.step);
    if (!types) return undefined;
    const type = types.get(to.output);
    if (!type) {
      issues.add(at, `the step "${to.step}" has no output "${to.output}"`, didYouMean(to.output, types.keys()));
      return undefined;
    }
    if (to.step !== step.name && port) this.#checkAssets(type, port, at);
    return { from: "step", step: to.step, output: to.output };
  }

  #checkAssets(produced: AssetType, port: Port, at: At): void {
    if (isAsset(port.type) && isCompatible(produced, port.type)) return;
    this.#context.issues.add(at, `the input "${port.name}" takes ${port.type}, but it is bound to ${produced}`);
  }
}

function declare(port: Port, binding: Binding | null): JobInput {
  return {
    type: port.type,
    optional: port.optional,
    ...(port.min === undefined ? {} : { min: port.min }),
    ...(port.max === undefined ? {} : { max: port.max }),
    ...(port.enum === undefined ? {} : { enum: port.enum }),
    binding,
  };
}
