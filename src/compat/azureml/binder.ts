import type { Binding, JobInput } from "../../contract/job.ts";
import { closest, didYouMean } from "../../contract/suggest.ts";
import { bindAsset } from "./asset.ts";
import type { Context } from "./context.ts";
import type { ScalarNode } from "./document.ts";
import { checkLiteral, type Given, type InputEntry, type Port } from "./inputs.ts";
import type { Scope } from "./scope.ts";
import type { LoadedStep } from "./step.ts";
import { type AssetType, type InputType, isAsset, isCompatible } from "./types.ts";

/** Gives every input of a job and its steps the binding of its value. */
export class Binder {
  readonly #scope: Scope;
  readonly #context: Context;

  constructor(scope: Scope, context: Context) {
    this.#scope = scope;
    this.#context = context;
  }

  /** The inputs of the job itself: values, files and assets. */
  async jobInputs(): Promise<Record<string, JobInput>> {
    const inputs: Record<string, JobInput> = {};
    for (const entry of this.#scope.inputs.values()) {
      const input = await this.#jobInput(entry);
      if (input) inputs[entry.name] = input;
    }
    return inputs;
  }

  #jobInput(entry: InputEntry): Promise<JobInput | undefined> | undefined {
    const { issues } = this.#context;
    const target = `inputs.${entry.name}`;
    if (entry.given?.kind === "bound" || entry.given?.kind === "text") {
      issues.add(entry.given.at, `the input "${entry.name}" of a job has nothing above it to be bound to`);
      return undefined;
    }
    if (entry.port) return this.#value(entry.port, entry, entry.given, target);
    if (!entry.given) issues.lack(entry.at, `the input "${entry.name}" has no value`, `Write one, or set ${target}=….`);
    return undefined;
  }

  /** The inputs of a step: those of its component, or those that it gives itself. */
  async stepInputs(step: LoadedStep): Promise<Record<string, JobInput>> {
    const inputs: Record<string, JobInput> = {};
    const { component } = step;
    const ports = component?.ports ?? this.#inlinePorts(step);
    for (const port of ports.values()) {
      const input = await this.#stepInput(port, step.inputs.get(port.name), step);
      if (input) inputs[port.name] = input;
    }
    for (const entry of step.inputs.values()) {
      if (!component || component.ports.has(entry.name)) continue;
      const message = `${component.label} has no input "${entry.name}"`;
      const near = closest(entry.name, component.ports.keys());
      // Azure drops it. What looks like a mistake in writing is not dropped here.
      if (near === undefined && step.pipeline) this.#context.issues.warn(entry.at, `${message}: it is left out`);
      else this.#context.issues.add(entry.at, message, didYouMean(entry.name, component.ports.keys()));
    }
    return inputs;
  }

  /** A step without a component declares an input by giving it a value; a bound one has the type of its source. */
  #inlinePorts(step: LoadedStep): Map<string, Port> {
    const ports = new Map<string, Port>();
    for (const { name, at, mode, given, port } of step.inputs.values()) {
      const type = given?.kind === "bound" ? this.#scope.typeOf(given.to) : undefined;
      if (port) ports.set(name, port);
      else if (given?.kind === "bound" && type)
        ports.set(name, { name, at, type, optional: this.#scope.isOptional(given.to), mode });
      else if (given?.kind === "bound") this.#scope.resolve(given.to, given.at, undefined);
      else if (!given) {
        const hint = `Write one, or set jobs.${step.name}.inputs.${name}=….`;
        this.#context.issues.lack(at, `the input "${name}" of the step "${step.name}" has no value`, hint);
      }
    }
    return ports;
  }

  #stepInput(
    port: Port,
    entry: InputEntry | undefined,
    step: LoadedStep,
  ): Promise<JobInput | undefined> | JobInput | undefined {
    const given = entry?.given;
    const target = `jobs.${step.name}.inputs.${port.name}`;
    const holder = entry ?? step;
    if (given?.kind === "text") {
      const binding = this.#scope.join(given, port);
      return binding && declare(port, binding);
    }
    if (given?.kind !== "bound") return this.#value(port, holder, given, target, step.component?.label);
    if (port.default && this.#scope.isAbsent(given.to)) return this.#value(port, holder, undefined, target);
    const binding = this.#scope.resolve(given.to, given.at, port);
    return binding && declare(port, binding, given.type?.value ?? this.#scope.typeOf(given.to));
  }

  async #value(
    port: Port,
    holder: Pick<InputEntry, "at">,
    given: Exclude<Given, { kind: "bound" | "text" }> | undefined,
    target: string,
    component?: string,
  ): Promise<JobInput | undefined> {
    if (given?.kind === "broken") return undefined;
    const node = given?.node ?? port.default;
    if (!node && port.optional) return declare(port, null);
    if (!node) {
      const message = `the required input "${port.name}"${component ? ` of ${component}` : ""} (${port.type}) has no value`;
      this.#context.issues.lack(holder.at, message, `Give it one under "inputs", or set ${target}=….`);
      return undefined;
    }
    const pathType = given?.kind === "path" ? given.type : undefined;
    if (!isAsset(port.type)) {
      const binding = this.#literal(port, node, pathType);
      return binding && declare(port, binding);
    }
    const type = pathType ?? port.type;
    const binding = await bindAsset(node, type, this.#context);
    return binding && declare(port, binding, type);
  }

  #literal(port: Port, node: ScalarNode, pathType: AssetType | undefined): Binding | undefined {
    if (pathType) {
      const message = `the input "${port.name}" takes ${port.type}, but it is given ${pathType}`;
      this.#context.issues.add(node.at, message);
      return undefined;
    }
    const value = checkLiteral(node, port, this.#context.issues);
    return value === undefined ? undefined : { from: "literal", value };
  }
}

/** A file given where a folder is declared is passed on as the file that it is, as Azure ML does. */
function declare(port: Port, binding: Binding | null, actual: InputType = port.type): JobInput {
  const differs = isAsset(actual) && isAsset(port.type) && !isCompatible(actual, port.type);
  return {
    type: differs ? actual : port.type,
    optional: port.optional,
    ...(port.min === undefined ? {} : { min: port.min }),
    ...(port.max === undefined ? {} : { max: port.max }),
    ...(port.enum === undefined ? {} : { enum: port.enum }),
    ...(port.mode === undefined ? {} : { mode: port.mode }),
    binding,
  };
}
