import type { z } from "zod";
import type { commandStepSchema, conditionSchema, foreachStepSchema, gateStepSchema } from "../contract/job.ts";
import type { sweepSchema } from "../contract/sweep.ts";
import type { InputReference } from "./reference.ts";
import type { Inputs, Outputs, Reference, References, Scalar } from "./types.ts";

/** What a step runs in. */
export interface EnvironmentSpec {
  name?: string;
  image?: string;
  /** Path of a conda file. */
  condaFile?: string | URL;
  /** Instead of a conda file: pip requirements (`./dist/mine-1.0-py3-none-any.whl` too). */
  pip?: readonly string[];
  /** Path of a requirements file of pip; `pip` comes on top. */
  requirementsFile?: string | URL;
  /** The version of Python for `pip` and `requirementsFile`: `"3.11"`. */
  python?: string;
  /** Path of a folder with the pyproject.toml and uv.lock of a project of uv. */
  uvProject?: string | URL;
  /** A folder with a Dockerfile (called so, unless it says), from which an image is built. */
  build?: { context: string | URL; dockerfile?: string };
}

type CommandStep = z.input<typeof commandStepSchema>;

/** How a command is run; each is a field of the same name in the definition. */
export type RunOptions = Partial<
  Pick<
    CommandStep,
    | "displayName"
    | "environmentVariables"
    | "secrets"
    | "deterministic"
    | "maxAgeSeconds"
    | "forceRerun"
    | "maxRetries"
    | "retry"
    | "queueTimeoutSeconds"
    | "timeoutSeconds"
    | "deadlineSeconds"
    | "compute"
    | "resources"
    | "network"
    | "container"
    | "parallel"
    | "distribution"
  >
>;

/** A comparison that decides whether a step runs: `{ left: judged.outputs.rmse, operator: "<", right: 60 }`. */
export interface When extends Omit<z.input<typeof conditionSchema>, "left" | "field"> {
  /** Of an output that is a file with a JSON object: where the value is in it. */
  field?: readonly string[];
  /** An input of the pipeline, or an output that holds one value. */
  left: Reference | Scalar;
}

/** Where a step stands in its pipeline. */
interface Order {
  /** Steps that must have ended well before, besides those whose outputs it takes. */
  after?: readonly StepHandle[];
  /** Holds when the step's turn comes, or the step is skipped and with it what needs it. */
  when?: When;
}

/** What is said of one step; over what its component says. */
export interface StepOptions extends RunOptions, Order {}

/** What is said of a step that runs no command of its own. */
export interface OrderOptions extends Order {
  displayName?: string;
}

export interface ComponentSpec<I extends Inputs, O extends Outputs> extends Omit<RunOptions, "environmentVariables"> {
  /**
   * The command, as in Azure ML YAML, or made from names that the compiler knows:
   * `({ inputs, outputs, optional }) => \`python train.py --data ${inputs.data} ${optional(`--alpha ${inputs.alpha}`)}\``.
   */
  command: string | ((names: Names<I, O> & { optional(text: string): string }) => string);
  /** File or folder of the code: a path from the pipeline's file, or `new URL("./src", import.meta.url)`. */
  code?: string | URL;
  /** Files and folders that the step finds in its code under their own names: `["../shared"]`. */
  include?: readonly (string | URL)[];
  /** A registered environment (`"sklearn"`, `"sklearn:3"`), or what it is made of; without one, the agent's own. */
  environment?: string | EnvironmentSpec;
  /** Inputs and outputs may be named in them, as in the command. */
  environmentVariables?: Record<string, string> | ((names: Names<I, O>) => Record<string, string>);
  inputs?: I;
  outputs?: O;
}

interface Names<I, O> {
  inputs: { readonly [K in keyof I]: string };
  outputs: { readonly [K in keyof O]: string };
}

/** A component, whatever its inputs and outputs. */
export interface AnyComponent {
  readonly spec: ComponentSpec<Inputs, Outputs>;
}

/** Several steps that a loop repeats together. */
export interface BodySpec<I extends Inputs, O extends BodyOutputs> {
  inputs?: I;
  /** Makes the steps, all of them commands; what they take from outside of the loop are inputs. */
  steps(inputs: References<I>): { steps: Readonly<Record<string, StepHandle>>; outputs?: O };
}
export type BodyOutputs = Readonly<Record<string, Reference>>;

/** Steps, and what they may take and give. */
export interface Graph {
  inputs: Inputs;
  references: Readonly<Record<string, InputReference>>;
  steps: Readonly<Record<string, StepHandle>>;
  outputs: BodyOutputs;
}

/** A body, whatever its inputs and outputs. */
export interface AnyBody {
  readonly graph: Graph;
}

/** What a sweep looks for, where and how. */
export type SweepSpec = z.input<typeof sweepSchema>;

type Foreach = z.input<typeof foreachStepSchema>;
export type LoopLimits = Pick<Foreach, "maxConcurrent" | "maxFailures">;
export interface LoopSpec extends LoopLimits {
  /** Inputs of what is repeated that get the item, or fields of it. */
  item?: string | readonly string[];
  of: unknown;
}

type Gate = z.input<typeof gateStepSchema>;
export interface GateSpec
  extends Pick<Gate, "message" | "approvers" | "quorum" | "excludeSubmitter" | "timeoutSeconds" | "onTimeout"> {
  /** What people are shown, and decide on. */
  inputs?: Readonly<Record<string, Reference | Scalar>>;
}

export const content: unique symbol = Symbol("what a step is");

/** A step of a pipeline that is being written. */
export interface StepHandle<O extends Outputs = Outputs> {
  readonly outputs: References<O>;
  readonly [content]: StepContent;
}

interface OfComponent {
  component: AnyComponent;
  given: Readonly<Record<string, unknown>>;
  options: StepOptions;
}
export type CommandContent = OfComponent & { type: "command" };
export type SweepContent = OfComponent & { type: "sweep"; sweep: SweepSpec };
export type LoopContent = Omit<OfComponent, "component"> & {
  type: "foreach";
  repeated: AnyComponent | AnyBody;
  loop: LoopSpec;
};
export type GateContent = { type: "gate"; gate: GateSpec; options: OrderOptions };
export type StepContent = CommandContent | SweepContent | LoopContent | GateContent;
