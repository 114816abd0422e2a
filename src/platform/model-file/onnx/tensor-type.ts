import type { Field } from "../../../contract/model-check.ts";
import type { Source } from "../source.ts";
import { fieldsOf, type ProtoField, textOf } from "./protobuf.ts";

const elementTypes: string[] = [
  ...["undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool"],
  ...["float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16"],
];

const children = (source: Source, field: ProtoField) => fieldsOf(source, field.start, field.length);

/** A ValueInfo: what a graph takes or gives. */
export function fieldOf(source: Source, info: ProtoField): Field {
  const field: Field = { name: "", type: "unknown", shape: null, required: true };
  for (const part of children(source, info)) {
    if (part.number === 1) field.name = textOf(source, part);
    if (part.number === 2) Object.assign(field, typeOf(source, part, 0));
  }
  return field;
}

function typeOf(source: Source, type: ProtoField, depth: number): Pick<Field, "type" | "shape"> {
  for (const part of children(source, type)) {
    if (part.number === 1 || part.number === 8) return tensorType(source, part, part.number === 8);
    if (part.number === 4 && depth < 8) return { type: `sequence(${innerType(source, part, 1, depth)})`, shape: null };
    if (part.number === 9 && depth < 8) return { type: `optional(${innerType(source, part, 1, depth)})`, shape: null };
    if (part.number === 5 && depth < 8) {
      const keys = [...children(source, part)].find((inner) => inner.number === 1);
      const key = elementTypes[Number(keys?.value ?? 0)] ?? "unknown";
      return { type: `map(${key},${innerType(source, part, 2, depth)})`, shape: null };
    }
  }
  return { type: "unknown", shape: null };
}

function innerType(source: Source, outer: ProtoField, number: number, depth: number): string {
  const inner = [...children(source, outer)].find((part) => part.number === number);
  return inner?.isNested ? typeOf(source, inner, depth + 1).type : "unknown";
}

function tensorType(source: Source, tensor: ProtoField, isSparse: boolean): Pick<Field, "type" | "shape"> {
  let type = "unknown";
  let shape: Field["shape"] = null;
  for (const part of children(source, tensor)) {
    if (part.number === 1) type = elementTypes[Number(part.value)] ?? `type ${part.value}`;
    if (part.number === 2) {
      shape = [];
      for (const dimension of children(source, part)) if (dimension.number === 1) shape.push(sizeOf(source, dimension));
    }
  }
  return { type: isSparse ? `sparse ${type}` : type, shape };
}

/** A number, a name that stands for any, or -1. */
function sizeOf(source: Source, dimension: ProtoField): number | string {
  for (const part of children(source, dimension)) {
    if (part.number === 1) return Number(BigInt.asIntN(64, part.value));
    if (part.number === 2) return textOf(source, part) || -1;
  }
  return -1;
}
