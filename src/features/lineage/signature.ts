import type { CardFacts } from "../../contract/card.ts";
import type { Field } from "../../contract/model-check.ts";
import { signatureOf } from "../../platform/model-file/index.ts";

type Signature = NonNullable<CardFacts["signature"]>;

/** The inputs and outputs that an MLmodel file names, as a card shows them. */
export function columnsOf(mlmodel: unknown): Signature | null {
  const said = mlmodel !== null && typeof mlmodel === "object" && "signature" in mlmodel ? mlmodel.signature : null;
  const found = signatureOf(said);
  return found && { inputs: found.inputs.map(columnOf), outputs: found.outputs.map(columnOf) };
}

/** `double`, `array(double)`, `float32 [-1, 4]`. */
const columnOf = ({ name, type, shape, required }: Field): Signature["inputs"][number] => ({
  ...{ name, required },
  type: shape ? `${type} [${shape.join(", ")}]` : type,
});
