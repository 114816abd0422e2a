import type { Field, ModelSignature } from "../../contract/model-check.ts";

const mostFields = 10_000;

/** The signature of an MLmodel file: lists of columns or tensors, each a JSON text. Null when it has none. */
export function signatureOf(value: unknown): ModelSignature | null {
  if (typeof value !== "object" || value === null) return null;
  const { inputs, outputs, params } = value as Record<string, unknown>;
  const signature = {
    inputs: listOf(inputs).map(fieldOf),
    outputs: listOf(outputs).map(fieldOf),
    params: listOf(params).map((param, index) => ({
      ...fieldOf(param, index),
      default: (param as Said).default ?? null,
    })),
  };
  return signature.inputs.length + signature.outputs.length + signature.params.length === 0 ? null : signature;
}

interface Said {
  name?: unknown;
  type?: unknown;
  required?: unknown;
  optional?: unknown;
  shape?: unknown;
  default?: unknown;
  "tensor-spec"?: { dtype?: unknown; shape?: unknown };
}

function listOf(text: unknown): unknown[] {
  if (typeof text !== "string") return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list)
      ? list.filter((item) => typeof item === "object" && item !== null).slice(0, mostFields)
      : [];
  } catch {
    return [];
  }
}

function fieldOf(item: unknown, index: number): Field {
  const said = item as Said;
  const tensor = said["tensor-spec"];
  return {
    name: typeof said.name === "string" ? said.name : String(index),
    type: tensor ? String(tensor.dtype) : typeName(item, 0),
    shape: shapeOf(tensor ? tensor.shape : said.shape),
    required: said.required !== false && said.optional !== true,
  };
}

const shapeOf = (shape: unknown): number[] | null =>
  Array.isArray(shape) && shape.every(Number.isSafeInteger) ? (shape as number[]) : null;

/** `double`, `array(double)`, `object`. */
function typeName(item: unknown, depth: number): string {
  const { type, items, values } = item as { type?: unknown; items?: unknown; values?: unknown };
  if (typeof type !== "string") return "unknown";
  const inner = items ?? values;
  return inner && typeof inner === "object" && depth < 8 ? `${type}(${typeName(inner, depth + 1)})` : type;
}
