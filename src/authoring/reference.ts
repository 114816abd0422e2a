import type { Reference, Scalar, ValueType } from "./types.ts";

/** An input of the pipeline, or of the body of a loop. */
export class InputReference {
  readonly input: string;

  constructor(input: string) {
    this.input = input;
  }
}

/** An output of a step. */
export class OutputReference<Step extends object = object> {
  readonly step: Step;
  readonly output: string;

  constructor(step: Step, output: string) {
    this.step = step;
    this.output = output;
  }
}

/** A text with values in it that do not exist yet. */
export class TextReference {
  readonly parts: readonly unknown[];

  constructor(parts: readonly unknown[]) {
    this.parts = parts;
  }
}

/** A text with values of inputs and steps in it, for an input: ``text`${region}-${counted.outputs.rows}` ``. */
export function text(
  strings: TemplateStringsArray,
  ...values: readonly (Reference<ValueType> | Scalar)[]
): Reference<"string"> {
  const parts = strings.flatMap((string, index) => [string, values[index]]);
  return new TextReference(parts.filter((part) => part !== "" && part !== undefined)) as unknown as Reference<"string">;
}
