import { invalid, type Problem } from "../../contract/errors.ts";
import { cast, elementCount, type Signature, shapeMismatch, type Tensor, type TensorSpec } from "../tensor.ts";
import { parseCsv } from "./csv.ts";
import type { Decoded, Target } from "./decoded.ts";
import { columnsJson, type Frame, frameOf, frameOfRecords, inputsOf, recordsJson } from "./frame.ts";
import { isObject, parseObject } from "./json.ts";

const forms = ["dataframe_split", "dataframe_records", "instances", "inputs"] as const;

/**
 * `POST invocations` of MLflow's scoring server. Tables are answered as records and tensors by name, as MLflow's own
 * ONNX models do. `params` is accepted and has no effect: ONNX models have none.
 */
export function decodeInvocations(body: Buffer, contentType: string, target: Target): Decoded {
  const { signature } = target;
  const [mediaType] = contentType.split(";");
  if (mediaType?.trim().toLowerCase() === "text/csv") return table(parseCsv(body.toString("utf8")), signature);
  const request = parseObject(body, signature);
  const given = forms.filter((form) => request[form] !== undefined);
  const form = given[0];
  if (given.length !== 1 || !form)
    throw invalid(`The body must have exactly one of ${forms.map((name) => `\`${name}\``).join(", ")}.`);
  const value = request[form];
  switch (form) {
    case "dataframe_split":
      if (!isObject(value)) throw invalid("`dataframe_split` must be an object with `columns` and `data`.");
      return table(frameOf(value.columns, value.data, form), signature);
    case "dataframe_records":
      if (!Array.isArray(value)) throw invalid("`dataframe_records` must be a list of objects.");
      return table(frameOfRecords(value, form), signature);
    case "instances":
      if (!Array.isArray(value)) throw invalid("`instances` must be a list with one item per row.");
      return isObject(value[0]) ? tensorsByName(byName(value, signature), signature) : unnamed(value, signature, form);
    case "inputs":
      return isObject(value) ? tensorsByName(value, signature) : unnamed(value, signature, form);
  }
}

function table(frame: Frame, signature: Signature): Decoded {
  const inputs = inputsOf(frame, signature);
  const encode = (outputs: Tensor[]) => `{"predictions":${recordsJson(outputs, signature, frame.rows.length)}}`;
  return { inputs, columns: frame.columns, encode };
}

/** Rows as objects turned into one list per name. */
function byName(rows: unknown[], { inputs }: Signature): Record<string, unknown> {
  return Object.fromEntries(
    inputs.map(({ name }) => [
      name,
      rows.map((row, i) => {
        if (isObject(row) && Object.hasOwn(row, name)) return row[name];
        throw invalid(`\`instances[${i}]\` is missing the input "${name}".`);
      }),
    ]),
  );
}

function tensorsByName(given: Record<string, unknown>, signature: Signature): Decoded {
  const missing = signature.inputs.filter((spec) => !Object.hasOwn(given, spec.name)).map((spec) => `"${spec.name}"`);
  if (missing.length > 0) throw invalid(`Model is missing inputs ${missing.join(", ")}.`);
  const inputs = signature.inputs.map((spec) => nestedTensor(given[spec.name], spec));
  return { inputs, encode: predictions(signature) };
}

/** Values without a name fit a model with one input, or a table in the order of the columns. */
function unnamed(value: unknown, signature: Signature, form: string): Decoded {
  const [only, ...others] = signature.inputs;
  const inputs =
    only && others.length === 0 ? [nestedTensor(value, only)] : inputsOf(frameOf(undefined, value, form), signature);
  return { inputs, encode: predictions(signature) };
}

const predictions = (signature: Signature) => (outputs: Tensor[]) =>
  `{"predictions":${columnsJson(outputs, signature.outputs)}}`;

/** A tensor from nested lists; a flat list also fits a column of shape [-1, 1]. */
function nestedTensor(value: unknown, spec: TensorSpec): Tensor {
  const shape: number[] = [];
  for (let part = value; Array.isArray(part); part = part[0]) shape.push(part.length);
  const values = Array.isArray(value) ? value.flat(shape.length - 1) : [value];
  if (values.length !== elementCount(shape) || values.some(Array.isArray))
    throw invalid(`The lists of input "${spec.name}" are not equally long.`);
  const asColumn = shape.length === 1 && spec.shape.length === 2 && spec.shape[1] === 1;
  const actual = asColumn ? [...shape, 1] : shape;
  const mismatch = shapeMismatch(spec, actual);
  if (mismatch) throw invalid(`Input "${spec.name}" ${mismatch}.`);
  const where = (index: number) => `Value ${index} of input "${spec.name}"`;
  return { type: spec.type, shape: actual, data: cast(spec.type, values, { where }) };
}

const errorCodes: Partial<Record<Problem["code"], string>> = {
  invalid: "BAD_REQUEST",
  unauthenticated: "UNAUTHENTICATED",
  forbidden: "PERMISSION_DENIED",
  not_found: "RESOURCE_DOES_NOT_EXIST",
  too_many: "REQUEST_LIMIT_EXCEEDED",
  unavailable: "TEMPORARILY_UNAVAILABLE",
  unsupported: "NOT_IMPLEMENTED",
};

/** An error as MLflow's clients read it. */
export const mlflowError = (problem: Problem): unknown => ({
  error_code: errorCodes[problem.code] ?? (problem.status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR"),
  message: problem.message,
});
