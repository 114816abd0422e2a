import type { StepHandle } from "./component.ts";
import type { Asset, Inputs, None, Reference, References, TypeOf, Value, ValueType } from "./types.ts";

/** What the inputs of a pipeline are worth when nobody says otherwise. */
type Defaults<I extends Inputs> = {
  readonly [K in keyof I]?: TypeOf<I[K]> extends ValueType ? Value<TypeOf<I[K]>> : Asset;
};

export interface PipelineSpec<I extends Inputs> {
  displayName: string;
  /** Experiment of its runs. */
  experiment: string;
  description?: string;
  tags?: Record<string, string>;
  inputs?: I;
  /** Values of the inputs: data, models and files too. */
  values?: Defaults<I>;
  continueOnStepFailure?: boolean;
  forceRerun?: boolean;
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
