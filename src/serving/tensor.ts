/// <reference lib="esnext.float16" />
import { invalid } from "../contract/errors.ts";

/** Element types as onnxruntime names them. */
export type TensorType = keyof typeof arrayOf;

export type NumericData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
export type BigData = BigInt64Array | BigUint64Array;
export type TensorData = NumericData | BigData | string[];

/** A tensor, row-major. `float16` data are the raw 16-bit patterns; `bool` data are 0 and 1. */
export interface Tensor {
  type: TensorType;
  shape: number[];
  data: TensorData;
}

/** What a model takes or gives under one name; -1 is a dimension of any size. */
export interface TensorSpec {
  name: string;
  type: TensorType;
  shape: number[];
}

export interface Signature {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
}

const arrayOf = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  string: Array<string>,
} as const;

const integerRange: Partial<Record<TensorType, [number, number]>> = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  uint8: [0, 2 ** 8 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
};

export const isTensorType = (type: string): type is TensorType => Object.hasOwn(arrayOf, type);

export const elementCount = (shape: number[]): number => shape.reduce((product, size) => product * size, 1);

/** Room for `count` elements of a type. */
export function allocate(type: TensorType, count: number): TensorData {
  return type === "string" ? new Array<string>(count) : (new arrayOf[type](count) as TensorData);
}

/** How values that JSON cannot say are read. */
export interface CastOptions {
  /** `null` in a floating-point column means NaN, as it does in a data frame. */
  nullIsNaN?: boolean;
  /** Where the i-th value stands, for messages. */
  where: (index: number) => string;
}

/**
 * Converts JSON values to the element type of a tensor. Whole numbers widen to floats; what would change the
 * value (1.5 to an integer, 300 to uint8, text to a number) is refused with the place of the value.
 */
export function cast(type: TensorType, values: readonly unknown[], options: CastOptions): TensorData {
  const count = values.length;
  const data = allocate(type, count);
  switch (type) {
    case "float32":
    case "float64":
      for (let i = 0; i < count; i++) {
        const value = values[i];
        (data as Float64Array)[i] = typeof value === "number" ? value : toFloat(value, i, options);
      }
      return data;
    case "float16": {
      const halves = new Float16Array(count);
      for (let i = 0; i < count; i++) halves[i] = toFloat(values[i], i, options);
      return new Uint16Array(halves.buffer);
    }
    case "string":
      for (let i = 0; i < count; i++) (data as string[])[i] = toText(values[i], i, options);
      return data;
    case "bool":
      for (let i = 0; i < count; i++) (data as Uint8Array)[i] = toBoolean(values[i], i, options);
      return data;
    case "int64":
    case "uint64":
      for (let i = 0; i < count; i++) (data as BigInt64Array)[i] = toBigInt(values[i], i, type, options);
      return data;
    default: {
      const [least, most] = integerRange[type]!;
      for (let i = 0; i < count; i++) {
        const value = typeof values[i] === "boolean" ? Number(values[i]) : values[i];
        if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
          throw refused(values[i], i, `a whole number from ${least} to ${most} (${type})`, options);
        (data as Int32Array)[i] = value;
      }
      return data;
    }
  }
}

function toFloat(value: unknown, index: number, options: CastOptions): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
  if (value === null && options.nullIsNaN) return Number.NaN;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  throw refused(value, index, "a number", options);
}

function toText(value: unknown, index: number, options: CastOptions): string {
  // onnxruntime takes strings as C strings: a NUL would cut the text short without a word.
  if (typeof value === "string" && !value.includes("\0") && value.isWellFormed()) return value;
  throw refused(value, index, "text without NUL characters", options);
}

function toBoolean(value: unknown, index: number, options: CastOptions): number {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  throw refused(value, index, "true or false", options);
}

function toBigInt(value: unknown, index: number, type: "int64" | "uint64", options: CastOptions): bigint {
  if (typeof value === "boolean") return value ? 1n : 0n;
  const whole = typeof value === "bigint" ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
  const fits =
    whole !== undefined && (type === "int64" ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole)) === whole;
  if (!fits) throw refused(value, index, `a whole number (${type})`, options);
  return whole;
}

function refused(value: unknown, index: number, wanted: string, options: CastOptions): Error {
  const given = value === undefined ? "is missing" : `is ${typeof value === "bigint" ? value : shown(value)}`;
  return invalid(`${options.where(index)} ${given}; the model wants ${wanted}.`);
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

/** The element as JSON can carry it: NaN and infinities are null, whole numbers beyond 2^53 are text. */
export function scalarAt(tensor: Tensor, index: number): number | string | boolean | null {
  const value = tensor.data[index];
  switch (tensor.type) {
    case "bool":
      return value === 1;
    case "float16": {
      const half = halfToNumber(value as number);
      return Number.isFinite(half) ? half : null;
    }
    case "int64":
    case "uint64": {
      const small = Number(value);
      return Number.isSafeInteger(small) ? small : String(value);
    }
    default:
      return typeof value === "number" && !Number.isFinite(value) ? null : ((value ?? null) as number | string | null);
  }
}

export const halfToNumber = (bits: number): number => new Float16Array(new Uint16Array([bits]).buffer)[0]!;

/** The elements from `start` to `end` as JSON text, comma-separated. Whole numbers of 64 bits keep every digit. */
export function jsonValues(tensor: Tensor, start = 0, end: number = tensor.data.length): string {
  if (tensor.type === "int64" || tensor.type === "uint64")
    return (tensor.data as BigInt64Array).subarray(start, end).join(",");
  let text = "";
  for (let i = start; i < end; i++) {
    const value = scalarAt(tensor, i);
    text += (i > start ? "," : "") + (typeof value === "string" ? JSON.stringify(value) : value);
  }
  return text;
}

/** Puts tensors of one input behind each other along the first dimension; all else about them is equal. */
export function concatenate(parts: Tensor[]): Tensor {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const shape = [rows, ...first.shape.slice(1)];
  if (first.type === "string") return { type: "string", shape, data: parts.flatMap((part) => part.data as string[]) };
  const data = allocate(first.type, elementCount(shape)) as Float32Array;
  let offset = 0;
  for (const part of parts) {
    data.set(part.data as Float32Array, offset);
    offset += part.data.length;
  }
  return { type: first.type, shape, data };
}

/** The rows from `start` to `end` along the first dimension. Shares memory with the whole. */
export function sliceRows(tensor: Tensor, start: number, end: number): Tensor {
  const width = elementCount(tensor.shape.slice(1));
  const shape = [end - start, ...tensor.shape.slice(1)];
  const data =
    tensor.type === "string"
      ? (tensor.data as string[]).slice(start * width, end * width)
      : (tensor.data as Float32Array).subarray(start * width, end * width);
  return { type: tensor.type, shape, data };
}

/** Why a shape does not fit what the model takes, or undefined. */
export function shapeMismatch(spec: TensorSpec, shape: number[]): string | undefined {
  const fits = shape.length === spec.shape.length && spec.shape.every((size, i) => size === -1 || size === shape[i]);
  return fits ? undefined : `has shape [${shape}]; the model takes [${spec.shape}] (-1 is any size)`;
}

/** Bytes that the values take in memory, about. */
export const byteSize = (tensor: Tensor): number =>
  tensor.type === "string"
    ? (tensor.data as string[]).reduce((sum, text) => sum + text.length * 2, 0)
    : (tensor.data as Float32Array).byteLength;
