import type { CardFacts } from "../../contract/card.ts";

type Signature = NonNullable<CardFacts["signature"]>;

/** The signature in an MLmodel file, whose inputs and outputs are JSON texts of columns or tensors. */
export function signatureOf(mlmodel: unknown): Signature | null {
  const signature = fieldOf(mlmodel, "signature");
  if (signature === undefined || signature === null) return null;
  const found = { inputs: columnsIn(fieldOf(signature, "inputs")), outputs: columnsIn(fieldOf(signature, "outputs")) };
  return found.inputs.length + found.outputs.length > 0 ? found : null;
}

const fieldOf = (value: unknown, key: string): unknown =>
  value !== null && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined;

function columnsIn(text: unknown): Signature["inputs"] {
  const parsed: unknown = typeof text === "string" ? JSON.parse(text) : text;
  if (!Array.isArray(parsed)) return [];
  return parsed.map((column, index) => ({
    name: String(fieldOf(column, "name") ?? `#${index}`),
    type: typeOf(column),
    required: fieldOf(column, "required") !== false && fieldOf(column, "optional") !== true,
  }));
}

/** `double`, `array of double`, `float32 [-1, 4]`. */
function typeOf(column: unknown): string {
  const tensor = fieldOf(column, "tensor-spec");
  if (tensor) return `${fieldOf(tensor, "dtype")} ${JSON.stringify(fieldOf(tensor, "shape")).replaceAll(",", ", ")}`;
  const type = String(fieldOf(column, "type") ?? "any");
  return type === "array" ? `array of ${typeOf(fieldOf(column, "items"))}` : type;
}
