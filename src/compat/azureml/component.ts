import { didYouMean } from "../../contract/suggest.ts";
import type { Context } from "./context.ts";
import { describe, type MapEntry, type MapNode, type Node } from "./document.ts";
import { checkCommand, checkVariable } from "./expression.ts";
import { type Fields, readFields } from "./fields.ts";
import { fileKind, type JobKind } from "./file-kind.ts";
import { type Port, readPort } from "./inputs.ts";
import type { At } from "./issues.ts";
import { isOrAre, nameOf } from "./kind.ts";
import { type OutputEntry, readOutput } from "./outputs.ts";
import { readParallelSpec } from "./parallel.ts";
import type { LoadedPipeline } from "./pipeline.ts";
import { parseReference, type Reference, refusalOf, whatIs } from "./reference.ts";
import { componentShape, parallelComponentShape, pipelineComponentShape, sparkComponentShape } from "./schema.ts";
import { type Known, type KnownInputs, withDefaults } from "./settle.ts";
import { baseName } from "./source.ts";
import { readSparkSpec } from "./spark.ts";
import { type CommandSpec, readCommandSpec } from "./spec.ts";
import { loadSteps } from "./steps.ts";

/** Something with declared inputs and outputs that steps run. */
export interface Component {
  /** How messages name it: `train.yml`. */
  label: string;
  type: JobKind;
  displayName: string | undefined;
  /** Of a command, and what is run as one. */
  spec: CommandSpec | undefined;
  /** Of a pipeline. */
  pipeline: LoadedPipeline | undefined;
  ports: Map<string, Port>;
  outputs: Map<string, OutputEntry>;
}

/** Loads the components that steps name, each file once. */
export class Components {
  readonly context: Context;
  readonly #loaded: Map<string, Promise<Component | undefined>>;
  /** The files that are being read, from the outermost: a pipeline cannot contain itself. */
  readonly #around: readonly string[];
  /** The inputs of the pipeline whose steps name them. */
  readonly known: KnownInputs;

  constructor(
    context: Context,
    known: KnownInputs = new Map(),
    loaded: Map<string, Promise<Component | undefined>> = new Map(),
    around: readonly string[] = [],
  ) {
    this.context = context;
    this.known = known;
    this.#loaded = loaded;
    this.#around = around;
  }

  /** The same, for the steps of a pipeline within. */
  within(known: KnownInputs, file?: string): Components {
    const around = file === undefined ? this.#around : [...this.#around, file];
    return new Components(this.context, known, this.#loaded, around);
  }

  /** The component of a step: a file, a registered one, or a definition in place. Undefined when it cannot be had, which was reported. */
  async load(node: Node, step: string, given: () => KnownInputs = () => new Map()): Promise<Component | undefined> {
    const { issues } = this.context;
    if (node.kind === "map") return readComponent(node, `the component of step "${step}"`, this.within(given()));
    if (node.kind === "list") {
      issues.add(node.at, '"component" must be a file or a mapping, but it is a list');
      return undefined;
    }
    const reference = parseReference(node.text);
    switch (reference.kind) {
      case "invalid":
        issues.add(node.at, reference.message, reference.hint);
        return undefined;
      case "local": {
        const found = this.context.locate(reference.path, node.at, "the component file");
        if (found?.kind === "folder") issues.add(node.at, `"${node.text}" is a folder, not a component file`);
        return found?.kind === "file" ? this.#file(found.path, node.at, given) : undefined;
      }
      case "asset":
      case "registry":
        return this.#registered(reference, node.at, given);
      default:
        issues.refuse(
          node.at,
          refusalOf(reference),
          `${whatIs(reference)} as a component is not supported yet`,
          "Name the component's file: component: ./train.yml.",
        );
        return undefined;
    }
  }

  async #registered(
    reference: Extract<Reference, { name: string }>,
    at: At,
    given: () => KnownInputs,
  ): Promise<Component | undefined> {
    const { issues } = this.context;
    const { name, version, label } = reference;
    const found = await this.context.component(name, version === undefined ? { label } : { version });
    if (found) return this.#file(found, at, given);
    const what = `"${name}"${version === undefined ? "" : ` version ${version}`}`;
    const hint = "Register it with `trainyard component create -f FILE`, or name its file: component: ./train.yml.";
    const missing = `there is no component ${what} in this workspace`;
    if (reference.kind === "asset") issues.lack(at, missing, hint);
    else {
      const where = `(the registry "${reference.registry}" is not reached from here)`;
      issues.refuse(at, "assets of an Azure registry", `${missing} ${where}`, hint);
    }
    return undefined;
  }

  async #file(path: string, at: At, given: () => KnownInputs): Promise<Component | undefined> {
    const { issues } = this.context;
    if (this.#around.includes(path)) {
      issues.add(at, `the pipeline component ${baseName(path)} contains itself`);
      return undefined;
    }
    const root = await this.context.document(path);
    if (!root) return undefined;
    if (root.kind !== "map") {
      issues.add(root.at, `a component must be a mapping, but it is ${describe(root)}`);
      return undefined;
    }
    // The steps of a pipeline may be run as its inputs say; anything else is the same whatever it is given.
    const known: KnownInputs = root.entries.has("jobs") ? given() : new Map();
    const key = JSON.stringify([path, [...known].map(([name, value]) => [name, textOf(value)])]);
    const component = this.#loaded.get(key) ?? readComponent(root, baseName(path), this.within(known, path));
    this.#loaded.set(key, component);
    return component;
  }
}

const textOf = (known: Known): string => (typeof known === "object" ? known.text : known);

/** Reads a component of any type. `components` knows what the inputs are given. */
export async function readComponent(
  root: MapNode,
  label: string,
  components: Components,
): Promise<Component | undefined> {
  const { context } = components;
  const type = componentType(root, context);
  if (!type) return undefined;
  const what = `a ${type} component`;
  if (type === "command") {
    const fields = readFields(root, what, componentShape, context.issues, ["command"]);
    const base = readPorts(fields, label, type, context);
    return checked({ ...base, spec: await readCommandSpec(fields, context) }, context);
  }
  if (type === "parallel") {
    const fields = readFields(root, what, parallelComponentShape, context.issues);
    const base = readPorts(fields, label, type, context);
    return checked({ ...base, spec: await readParallelSpec(root, fields, what, context) }, context);
  }
  if (type === "spark") {
    const fields = readFields(root, what, sparkComponentShape, context.issues);
    const base = readPorts(fields, label, type, context);
    return checked({ ...base, spec: await readSparkSpec(root, fields, what, context) }, context);
  }
  const fields = readFields(root, what, pipelineComponentShape, context.issues, ["jobs"]);
  const base = readPorts(fields, label, type, context);
  const within = components.within(withDefaults(base.ports.values(), components.known));
  const steps = await loadSteps(fields.jobs ?? [], within);
  const outputs = [...base.outputs].map(([name, output]) => [name, { ...output, from: undefined }] as const);
  return { ...base, outputs: new Map(outputs), pipeline: { label, steps, outputs: base.outputs } };
}

function componentType(root: MapNode, { issues }: Context): JobKind | undefined {
  const kind = fileKind(root);
  if (kind.is === "refused")
    issues.refuse(root.at, kind.refusal, `${kind.name} ${isOrAre(kind.name)} not supported yet`);
  else if (kind.is === "job" && schemaSaysJob(root)) issues.add(root.at, "this file is a job, not a component");
  else if ((kind.is === "component" || kind.is === "job") && kind.type !== "sweep") return kind.type;
  else issues.add(root.at, `this file is ${nameOf(kind)}, not a component`);
  return undefined;
}

const schemaSaysJob = (root: MapNode): boolean => root.entries.has("$schema");

type PortFields = Pick<Fields<typeof componentShape>, "inputs" | "outputs" | "display_name">;

function readPorts(fields: PortFields, label: string, type: JobKind, { issues }: Context): Component {
  const ports = (fields.inputs ?? []).flatMap((entry) => readPort(entry, issues) ?? []);
  const outputs = (fields.outputs ?? []).flatMap((entry) => {
    const output = readOutput(entry, issues);
    const bound = output?.becomes ?? (type === "pipeline" ? undefined : output?.from);
    if (bound) issues.add(bound.at, "the output of a component cannot be bound; the step that uses it binds it");
    return output ?? [];
  });
  return {
    ...{ label, type, displayName: fields.display_name?.value, spec: undefined, pipeline: undefined },
    ports: new Map(ports.map((port) => [port.name, port])),
    outputs: new Map(outputs.map((output) => [output.name, output])),
  };
}

function checked(component: Component, { issues }: Context): Component | undefined {
  const { spec, label } = component;
  if (!spec) return undefined;
  const inputs = [...component.ports.values()].map(
    (port) => [port.name, { optional: port.optional, hasDefault: port.default !== undefined }] as const,
  );
  const named = { inputs: new Map(inputs), outputs: component.outputs, owner: label };
  if (spec.command) checkCommand(spec.command, named, issues);
  for (const variable of spec.boundVariables) checkVariable(variable, named, issues);
  const cut = spec.parallel?.input;
  if (cut !== undefined && !component.ports.has(cut))
    issues.add(spec.command!.at, `"${cut}" is not an input of ${label}`, didYouMean(cut, component.ports.keys()));
  return component;
}

export type StepEntry = MapEntry & { node: MapNode };
