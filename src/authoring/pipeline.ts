import type { z } from "zod";
import type { jobDefinitionSchema } from "../contract/job.ts";
import type { Asset } from "./assets.ts";
import { InputReference } from "./reference.ts";
import type { BodyOutputs, BodySpec, Graph, StepHandle } from "./spec.ts";
import type { Inputs, None, Reference, References, TypeOf, Value, ValueType } from "./types.ts";

type Definition = z.input<typeof jobDefinitionSchema>;

/** What the inputs of a pipeline are worth when nobody says otherwise. */
type Defaults<I extends Inputs> = {
  readonly [K in keyof I]?: TypeOf<I[K]> extends ValueType ? Value<TypeOf<I[K]>> : Asset;
};

export interface PipelineSpec<I extends Inputs>
  extends Pick<
    Definition,
    "name" | "description" | "tags" | "continueOnStepFailure" | "timeoutSeconds" | "forceRerun" | "priority"
  > {
  displayName: string;
  /** Experiment of its runs. */
  experiment: string;
  /** Where steps run that do not say it. */
  compute?: string;
  inputs?: I;
  /** Values of the inputs: data, models and files too. */
  values?: Defaults<I>;
  /** Makes the steps; their names are those of the fields. */
  steps(inputs: References<I>): {
    steps: Readonly<Record<string, StepHandle>>;
    outputs?: Readonly<Record<string, Reference>>;
  };
}

export interface Pipeline {
  readonly pipeline: PipelineSpec<Inputs>;
}

/** A pipeline: the default export of a file that `trainyard job create -f` takes. */
export const definePipeline = <const I extends Inputs = None>(spec: PipelineSpec<I>): Pipeline => ({
  pipeline: spec as unknown as PipelineSpec<Inputs>,
});

/** Several steps that `forEach` repeats together. */
export interface Body<I extends Inputs, O extends BodyOutputs> {
  readonly graph: Graph & { inputs: I; outputs: O };
}

/** Several steps, all of them commands, that `forEach` repeats together for each item. */
export const defineBody = <const I extends Inputs = None, const O extends BodyOutputs = Record<never, Reference>>(
  spec: BodySpec<I, O>,
): Body<I, O> => ({
  graph: graphOf(spec as unknown as BodySpec<Inputs, BodyOutputs>) as Graph & { inputs: I; outputs: O },
});

/** Has the steps of a pipeline or a body made. */
export function graphOf({ inputs = {}, steps: make }: BodySpec<Inputs, BodyOutputs>): Graph {
  const references = Object.fromEntries(Object.keys(inputs).map((name) => [name, new InputReference(name)]));
  const { steps, outputs = {} } = make(references as unknown as References<Inputs>);
  return { inputs, references, steps, outputs };
}
