import type { CardFacts } from "../../contract/card.ts";
import type { Field, ModelSignature } from "../../contract/model-check.ts";

type Signature = NonNullable<CardFacts["signature"]>;

/** The inputs and outputs of a model, as a card shows them. */
export const columnsOf = ({ inputs, outputs }: ModelSignature): Signature => ({
  inputs: inputs.map(columnOf),
  outputs: outputs.map(columnOf),
});

/** `double`, `array(double)`, `float32 [-1, 4]`. */
const columnOf = ({ name, type, shape, required }: Field): Signature["inputs"][number] => ({
  ...{ name, required },
  type: shape ? `${type} [${shape.join(", ")}]` : type,
});
