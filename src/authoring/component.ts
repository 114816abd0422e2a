// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import type { CommandStep } from "../contract/job.ts";
import type { Arguments, Inputs, None, Outputs, References } from "./types.ts";

/** What a step runs in. */
export interface EnvironmentSpec {
  name?: string;
  image?: string;
  /** Path of a conda file. */
  condaFile?: string | URL;
  /** Instead of a conda file: pip requirements (`./dist/mine-1.0-py3-none-any.whl` too), and the version of Python. */
  pip?: readonly string[];
  python?: string;
  /** Path of a requirements file of pip; `pip` comes on top. */
  requirementsFile?: string | URL;
  /** Path of a folder with the pyproject.toml and uv.lock of a project of uv. */
  uvProject?: string | URL;
}

/** How a step is run; each is a field of the same name in the definition. */
export interface StepOptions
  extends Partial<
    Pick<
      CommandStep,
      "displayName" | "deterministic" | "maxAgeSeconds" | "forceRerun" | "maxRetries" | "timeoutSeconds" | "resources"
    >
  > {
  environmentVariables?: Record<string, string>;
  /** Environment variables that are secrets of the workspace: `{ PGPASSWORD: "warehouse" }`. */
  secrets?: Record<string, string>;
  /** Steps that must have ended well before, besides those whose outputs it takes. */
  after?: readonly StepHandle[];
}

export interface ComponentSpec<I extends Inputs, O extends Outputs> extends StepOptions {
  /**
   * The command, as in Azure ML YAML, or made from names that the compiler knows:
   * `({ inputs, outputs, optional }) => \`python train.py --data ${inputs.data} ${optional(`--alpha ${inputs.alpha}`)}\``.
   */
  command: string | ((names: Names<I, O>) => string);
  /** File or folder of the code: a path from the pipeline's file, or `new URL("./src", import.meta.url)`. */
  code?: string | URL;
  /** A registered environment (`"sklearn"`, `"sklearn:3"`), or what it is made of; without one, the agent's own. */
  environment?: string | EnvironmentSpec;
  inputs?: I;
  outputs?: O;
}

interface Names<I, O> {
  inputs: { readonly [K in keyof I]: string };
  outputs: { readonly [K in keyof O]: string };
  /** Left out when an optional input in it has no value. */
  optional(text: string): string;
}

export const content: unique symbol = Symbol("what a step is");

/** A step of a pipeline that is being written. */
export interface StepHandle<O extends Outputs = Outputs> {
  readonly outputs: References<O>;
  readonly [content]: StepContent;
}

export type StepContent =
  | { type: "command"; component: AnyComponent; given: Record<string, unknown>; options: StepOptions }
  | { type: "sweep"; component: AnyComponent; given: Record<string, unknown>; sweep: object; options: StepOptions }
  | { type: "foreach"; component: AnyComponent; given: Record<string, unknown>; loop: object; options: StepOptions }
  | { type: "gate"; given: Record<string, unknown>; gate: object; options: StepOptions };

export interface AnyComponent {
  readonly spec: ComponentSpec<Inputs, Outputs>;
}

/** A component: calling it makes a step. */
export interface Component<I extends Inputs, O extends Outputs> {
  (given: Arguments<I>, options?: StepOptions): StepHandle<O>;
  readonly spec: ComponentSpec<I, O>;
}

/** Something that steps do: a command with typed inputs and outputs. */
export function defineComponent<const I extends Inputs = None, const O extends Outputs = None>(
  spec: ComponentSpec<I, O>,
): Component<I, O> {
  const component = { spec } as unknown as AnyComponent;
  const make = (given: Arguments<I>, options: StepOptions = {}): StepHandle<O> =>
    handle<O>({ type: "command", component, given, options }, spec.outputs);
  return Object.assign(make, { spec });
}

/** A step and references to its outputs. */
export function handle<O extends Outputs>(what: StepContent, outputs: O | undefined): StepHandle<O> {
  const made: { outputs: Record<string, unknown>; [content]: StepContent } = { outputs: {}, [content]: what };
  for (const name of Object.keys(outputs ?? {})) made.outputs[name] = outputReference(made as StepHandle, name);
  return made as unknown as StepHandle<O>;
}

export class OutputReference {
  readonly step: StepHandle;
  readonly output: string;
  constructor(step: StepHandle, output: string) {
    this.step = step;
    this.output = output;
  }
}
const outputReference = (step: StepHandle, output: string): OutputReference => new OutputReference(step, output);

export class InputReference {
  readonly input: string;
  constructor(input: string) {
    this.input = input;
  }
}

/** The text of a component's command. */
export function commandOf({ command, inputs, outputs }: ComponentSpec<Inputs, Outputs>): string {
  if (typeof command === "string") return command;
  const named = (of: object, group: string) =>
    Object.fromEntries(Object.keys(of).map((name) => [name, `\${{${group}.${name}}}`]));
  return command({
    inputs: named(inputs ?? {}, "inputs"),
    outputs: named(outputs ?? {}, "outputs"),
    optional: (text) => `$[[${text}]]`,
  });
}
