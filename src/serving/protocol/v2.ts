import { invalid } from "../../contract/errors.ts";
import {
  cast,
  elementCount,
  jsonValues,
  shapeMismatch,
  type Tensor,
  type TensorSpec,
  type TensorType,
} from "../tensor.ts";
import type { Decoded, Target } from "./decoded.ts";
import { isObject, parseObject } from "./json.ts";

/** Names of the Open Inference Protocol for element types. */
export const datatypeOf: Record<TensorType, string> = {
  bool: "BOOL",
  uint8: "UINT8",
  uint16: "UINT16",
  uint32: "UINT32",
  uint64: "UINT64",
  int8: "INT8",
  int16: "INT16",
  int32: "INT32",
  int64: "INT64",
  float16: "FP16",
  float32: "FP32",
  float64: "FP64",
  string: "BYTES",
};
const datatypes = new Set(Object.values(datatypeOf));
const mostElements = 2 ** 26;

/** `GET v2/models/{model}` */
export function modelMetadata({ signature, model }: Target, name: string): unknown {
  const described = (spec: TensorSpec) => ({ name: spec.name, datatype: datatypeOf[spec.type], shape: spec.shape });
  return {
    name,
    versions: [model.version],
    platform: "onnxruntime_onnx",
    inputs: signature.inputs.map(described),
    outputs: signature.outputs.map(described),
  };
}

/**
 * `POST v2/models/{model}/infer` with tensors in JSON. The binary tensor extension would differ only in where the
 * values of a tensor come from and go to: `valuesOf` and `encode`.
 */
export function decodeInfer(body: Buffer, target: Target, name: string): Decoded {
  const { signature, model } = target;
  const request = parseObject(body, signature);
  if (request.id !== undefined && typeof request.id !== "string") throw invalid("`id` must be text.");
  if (!Array.isArray(request.inputs)) throw invalid("`inputs` must be a list of tensors.");
  const given = new Map<string, Record<string, unknown>>();
  for (const [i, input] of request.inputs.entries()) {
    if (!isObject(input) || typeof input.name !== "string") throw invalid(`\`inputs[${i}]\` must have a \`name\`.`);
    if (!signature.inputs.some((spec) => spec.name === input.name))
      throw invalid(`The model has no input "${input.name}"; it takes ${listed(signature.inputs)}.`);
    if (given.has(input.name)) throw invalid(`Input "${input.name}" is given twice.`);
    given.set(input.name, input);
  }
  const inputs = signature.inputs.map((spec) => {
    const tensor = given.get(spec.name);
    if (!tensor) throw invalid(`Input "${spec.name}" is missing; the model takes ${listed(signature.inputs)}.`);
    return decodeTensor(tensor, spec);
  });
  const wanted = requestedOutputs(request.outputs, signature.outputs);
  const start = `{"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(model.version)},${
    request.id === undefined ? "" : `"id":${JSON.stringify(request.id)},`
  }"outputs":[`;
  const encode = (outputs: Tensor[]) =>
    `${start}${wanted.map((i) => encodeTensor(signature.outputs[i]!.name, outputs[i]!)).join(",")}]}`;
  return { inputs, encode };
}

function decodeTensor(tensor: Record<string, unknown>, spec: TensorSpec): Tensor {
  const { shape, datatype } = tensor;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw invalid(`The \`shape\` of input "${spec.name}" must be a list of whole numbers from 0.`);
  if (typeof datatype !== "string" || !datatypes.has(datatype))
    throw invalid(`The \`datatype\` of input "${spec.name}" must be one of ${[...datatypes].join(", ")}.`);
  if ((datatype === "BYTES") !== (spec.type === "string"))
    throw invalid(`Input "${spec.name}" has datatype ${datatype}; the model takes ${datatypeOf[spec.type]}.`);
  const mismatch = shapeMismatch(spec, shape);
  if (mismatch) throw invalid(`Input "${spec.name}" ${mismatch}.`);
  const count = elementCount(shape);
  if (count > mostElements) throw invalid(`Input "${spec.name}" has more than ${mostElements} elements.`);
  const values = valuesOf(tensor, spec.name);
  if (values.length !== count)
    throw invalid(`Input "${spec.name}" has ${values.length} values; its shape [${shape}] wants ${count}.`);
  const where = (index: number) => `Value ${index} of input "${spec.name}"`;
  return { type: spec.type, shape, data: cast(spec.type, values, { where }) };
}

/** The values in row-major order; the protocol allows nested lists and flat ones. */
function valuesOf(tensor: Record<string, unknown>, name: string): unknown[] {
  if (!Array.isArray(tensor.data)) throw invalid(`Input "${name}" has no list \`data\`.`);
  return tensor.data.some(Array.isArray) ? tensor.data.flat(16) : tensor.data;
}

const encodeTensor = (name: string, tensor: Tensor): string =>
  `{"name":${JSON.stringify(name)},"datatype":"${datatypeOf[tensor.type]}","shape":[${tensor.shape}],"data":[${jsonValues(tensor)}]}`;

function requestedOutputs(requested: unknown, outputs: TensorSpec[]): number[] {
  if (requested === undefined || (Array.isArray(requested) && requested.length === 0)) return outputs.map((_, i) => i);
  if (!Array.isArray(requested)) throw invalid("`outputs` must be a list.");
  return requested.map((output, i) => {
    const name = isObject(output) ? output.name : undefined;
    const index = outputs.findIndex((spec) => spec.name === name);
    if (index < 0) throw invalid(`\`outputs[${i}]\`: the model gives ${listed(outputs)}.`);
    return index;
  });
}

const listed = (specs: TensorSpec[]): string => specs.map((spec) => `"${spec.name}"`).join(", ");
