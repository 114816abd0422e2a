import type { Context } from "./context.ts";
import { describe, type MapNode, type Node } from "./document.ts";
import { checkCommand } from "./expression.ts";
import { readFields } from "./fields.ts";
import { type Port, readPort } from "./inputs.ts";
import { isCommandComponent } from "./kind.ts";
import { type OutputEntry, readOutput } from "./outputs.ts";
import { parseReference } from "./reference.ts";
import { componentShape } from "./schema.ts";
import { baseName } from "./source.ts";
import { type CommandSpec, readCommandSpec } from "./spec.ts";

/** A command with declared inputs and outputs. */
export interface Component {
  /** How messages name it: `train.yml`. */
  label: string;
  displayName: string | undefined;
  spec: CommandSpec;
  ports: Map<string, Port>;
  outputs: Map<string, OutputEntry>;
}

/** Loads the components that steps name, each file once. */
export class Components {
  readonly #context: Context;
  readonly #loaded = new Map<string, Promise<Component | undefined>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** The component of a step: a file, or a definition in place. Undefined when it cannot be had, which was reported. */
  async load(node: Node, step: string): Promise<Component | undefined> {
    const { issues } = this.#context;
    if (node.kind === "map") return readComponent(node, `the component of step "${step}"`, this.#context);
    if (node.kind === "list") {
      issues.add(node.at, '"component" must be a file or a mapping, but it is a list');
      return undefined;
    }
    const reference = parseReference(node.text);
    if (reference.kind === "invalid") issues.add(node.at, reference.message, reference.hint);
    else if (reference.kind !== "local") {
      const what = reference.kind === "remote" ? `${reference.what} as a component is` : "registered components are";
      issues.add(node.at, `${what} not supported yet`, "Name the component's file: component: ./train.yml.");
    } else {
      const found = this.#context.locate(reference.path, node.at, "the component file");
      if (found?.kind === "folder") issues.add(node.at, `"${node.text}" is a folder, not a component file`);
      else if (found) return this.#file(found.path);
    }
    return undefined;
  }

  #file(path: string): Promise<Component | undefined> {
    const read = async (): Promise<Component | undefined> => {
      const root = await this.#context.document(path);
      if (!root) return undefined;
      if (root.kind === "map") return readComponent(root, baseName(path), this.#context);
      this.#context.issues.add(root.at, `a component must be a mapping, but it is ${describe(root)}`);
      return undefined;
    };
    if (!this.#loaded.has(path)) this.#loaded.set(path, read());
    return this.#loaded.get(path)!;
  }
}

async function readComponent(root: MapNode, label: string, context: Context): Promise<Component | undefined> {
  const { issues } = context;
  if (!isCommandComponent(root, issues)) return undefined;
  const fields = readFields(root, "a command component", componentShape, issues, ["command"]);
  const ports = new Map(
    (fields.inputs ?? []).flatMap((entry) => {
      const port = readPort(entry, issues);
      return port ? [[port.name, port] as const] : [];
    }),
  );
  const outputs = new Map(
    (fields.outputs ?? []).flatMap((entry) => {
      const output = readOutput(entry, issues);
      const bound = output?.becomes ?? output?.from;
      if (bound) issues.add(bound.at, "the output of a component cannot be bound; the step that uses it binds it");
      return output ? [[output.name, output] as const] : [];
    }),
  );
  const spec = await readCommandSpec(fields, context);
  if (spec.command) {
    const declared = (fields.inputs ?? []).map((entry) => {
      const port = ports.get(entry.name);
      return [entry.name, { optional: port?.optional ?? false, hasDefault: port?.default !== undefined }] as const;
    });
    const named = new Set((fields.outputs ?? []).map((entry) => [entry.name, true] as const));
    checkCommand(spec.command, { inputs: new Map(declared), outputs: new Map(named), owner: label }, issues);
  }
  return { label, displayName: fields.display_name?.value, spec, ports, outputs };
}
