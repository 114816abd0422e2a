import type { ModelFinding } from "../../contract/model-check.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";
import { doubleKey } from "./strict-json.ts";

const largestHeader = 100_000_000;

const bits: Record<string, number> = {
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, I16: 16, U16: 16, F16: 16, BF16: 16 },
  ...{ I32: 32, U32: 32, F32: 32, I64: 64, U64: 64, F64: 64, C64: 64, F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
};

/** Every tensor where the header says, one after the other, without gap or overlap, to the end of the file. */
export function checkSafetensors(file: string, source: Source): ModelFinding[] {
  const wrong = faultOf(source);
  return wrong === undefined ? [] : [found("safetensors-broken", file, wrong)];
}

function faultOf(source: Source): string | undefined {
  if (source.size < 10) return "It is too short.";
  const length = Number(source.read(0, 8).readBigUInt64LE());
  if (length > largestHeader) return `Its header of ${length} bytes is larger than the format allows.`;
  if (8 + length > source.size) return "Its header is cut off.";
  const text = source.read(8, length).toString("utf8");
  if (!text.startsWith("{")) return "Its header is no JSON object.";
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return "Its header is no JSON.";
  }
  const twice = doubleKey(text);
  if (twice !== undefined) return `Its header has the key ${JSON.stringify(twice)} twice.`;
  return faultOfTensors(header, source.size - 8 - length);
}

interface Tensor {
  name: string;
  start: number;
  end: number;
}

function faultOfTensors(header: Record<string, unknown>, size: number): string | undefined {
  const tensors: Tensor[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      const isText = isObject(value) && Object.values(value).every((item) => typeof item === "string");
      if (!isText) return "Its metadata are not texts.";
      continue;
    }
    const tensor = tensorOf(name, value);
    if (typeof tensor === "string") return tensor;
    tensors.push(tensor);
  }
  let end = 0;
  for (const tensor of tensors.sort((a, b) => a.start - b.start || a.end - b.end)) {
    const how = tensor.start < end ? "overlaps another one" : tensor.start > end ? "follows a gap" : undefined;
    if (how) return `The tensor ${JSON.stringify(tensor.name)} ${how}.`;
    end = tensor.end;
  }
  return end === size ? undefined : `Its tensors have ${end} bytes and the file has ${size}.`;
}

function tensorOf(name: string, value: unknown): Tensor | string {
  const called = `The tensor ${JSON.stringify(name)}`;
  if (!isObject(value)) return `${called} is not described.`;
  const { dtype, shape, data_offsets: offsets } = value;
  const width = typeof dtype === "string" && Object.hasOwn(bits, dtype) ? bits[dtype] : undefined;
  if (width === undefined) return `${called} has an unknown type.`;
  if (!isCounts(shape)) return `${called} has no shape.`;
  if (!isCounts(offsets) || offsets.length !== 2) return `${called} has no place.`;
  const count = shape.reduce((product, length) => product * length, 1);
  const [start, end] = offsets as [number, number];
  if ((count * width) / 8 !== end - start) return `${called} has not as many bytes as its shape needs.`;
  return { name, start, end };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
