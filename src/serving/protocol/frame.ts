import { invalid } from "../../contract/errors.ts";
import { cast, jsonValues, type Signature, type Tensor, type TensorSpec } from "../tensor.ts";
import { isObject } from "./json.ts";

/** A table: rows of values, and the names of its columns if the caller gave them. */
export interface Frame {
  columns: string[] | undefined;
  rows: unknown[][];
}

/** How a model takes a table: one input per column, one matrix, or not at all. */
export type Layout = "columns" | "matrix" | "none";

export function layoutOf({ inputs }: Signature): Layout {
  const isColumn = ({ shape }: TensorSpec) => shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (inputs.length > 0 && inputs.every(isColumn)) return "columns";
  return inputs.length === 1 && inputs[0]!.shape.length === 2 ? "matrix" : "none";
}

/** Checks columns and rows that came as JSON. */
export function frameOf(columns: unknown, rows: unknown, at: string): Frame {
  if (columns !== undefined && !(Array.isArray(columns) && columns.every((name) => typeof name === "string")))
    throw invalid(`\`${at}.columns\` must be a list of names.`);
  if (!Array.isArray(rows)) throw invalid(`\`${at}.data\` must be a list of rows.`);
  const names = columns as string[] | undefined;
  if (names && new Set(names).size !== names.length) throw invalid(`\`${at}.columns\` names a column twice.`);
  const width = names?.length ?? (Array.isArray(rows[0]) ? rows[0].length : 1);
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row)) throw invalid(`\`${at}.data[${i}]\` must be a list of values.`);
    if (row.length !== width) throw invalid(`\`${at}.data[${i}]\` has ${row.length} values instead of ${width}.`);
  }
  return { columns: names, rows };
}

/** A table from one object per row; a name that a row lacks is a missing value. */
export function frameOfRecords(records: unknown[], at: string): Frame {
  const columns = [...new Set(records.flatMap((record) => (isObject(record) ? Object.keys(record) : [])))];
  const rows = records.map((record, i) => {
    if (!isObject(record)) throw invalid(`\`${at}[${i}]\` must be an object with a value per column.`);
    return columns.map((name) => record[name]);
  });
  return { columns, rows };
}

/**
 * The model's inputs from a table. With one input per column, columns are taken by name, in any order, and further
 * ones are ignored; without names, by position. A single matrix takes the rows as they are.
 */
export function inputsOf(frame: Frame, signature: Signature): Tensor[] {
  if (frame.rows.length === 0) throw invalid("The request has no rows.");
  switch (layoutOf(signature)) {
    case "columns":
      return signature.inputs.map((spec, i) => columnTensor(frame, spec, columnIndex(frame, signature, i)));
    case "matrix":
      return [matrixTensor(frame, signature.inputs[0]!)];
    case "none":
      throw invalid("This model takes tensors, not a table.", {
        hint: "Send a V2 inference request to `v2/models/{model}/infer`.",
      });
  }
}

function columnIndex(frame: Frame, { inputs }: Signature, input: number): number {
  if (frame.columns) {
    const index = frame.columns.indexOf(inputs[input]!.name);
    if (index >= 0) return index;
    const missing = inputs.map((spec) => spec.name).filter((name) => !frame.columns!.includes(name));
    throw invalid(`The request is missing the column${missing.length > 1 ? "s" : ""} ${quoted(missing)}.`);
  }
  const width = frame.rows[0]!.length;
  if (width !== inputs.length)
    throw invalid(
      `The rows have ${width} values; the model takes ${inputs.length}: ${quoted(inputs.map((i) => i.name))}.`,
    );
  return input;
}

function columnTensor({ rows }: Frame, spec: TensorSpec, column: number): Tensor {
  const count = rows.length;
  if (spec.shape[0] !== -1 && spec.shape[0] !== count)
    throw invalid(`The model takes exactly ${spec.shape[0]} rows at once, not ${count}.`);
  const values = new Array<unknown>(count);
  for (let i = 0; i < count; i++) values[i] = rows[i]![column];
  const where = (row: number) => `Column "${spec.name}", row ${row},`;
  return {
    type: spec.type,
    shape: [count, ...spec.shape.slice(1)],
    data: cast(spec.type, values, { where, nullIsNaN: true }),
  };
}

function matrixTensor({ columns, rows }: Frame, spec: TensorSpec): Tensor {
  const width = rows[0]!.length;
  if (spec.shape[1] !== -1 && spec.shape[1] !== width)
    throw invalid(`The rows have ${width} values; input "${spec.name}" takes ${spec.shape[1]}.`);
  if (spec.shape[0] !== -1 && spec.shape[0] !== rows.length)
    throw invalid(`The model takes exactly ${spec.shape[0]} rows at once, not ${rows.length}.`);
  const where = (i: number) =>
    `Column ${columns ? `"${columns[i % width]}"` : i % width}, row ${Math.floor(i / width)},`;
  return {
    type: spec.type,
    shape: [rows.length, width],
    data: cast(spec.type, rows.flat(), { where, nullIsNaN: true }),
  };
}

/** The outputs as one object per row: `[{"y":1.5}]`. An output with several values per row becomes a list. */
export function recordsJson(outputs: Tensor[], { outputs: specs }: Signature, rows: number): string {
  if (outputs.some((output) => output.shape[0] !== rows)) return columnsJson(outputs, specs);
  const names = specs.map((spec) => JSON.stringify(spec.name));
  const records: string[] = [];
  for (let row = 0; row < rows; row++)
    records.push(`{${outputs.map((output, i) => `${names[i]}:${rowJson(output, row, rows)}`).join(",")}}`);
  return `[${records.join(",")}]`;
}

/** The values of a single output, one per row: `[1.5]`; several outputs are records. */
export function valuesJson(outputs: Tensor[], signature: Signature, rows: number): string {
  const only = outputs[0]!;
  if (outputs.length > 1 || only.shape[0] !== rows) return recordsJson(outputs, signature, rows);
  if (only.data.length === rows) return `[${jsonValues(only)}]`;
  return nestedJson(only);
}

/** The outputs by name, nested as their shapes say: `{"y":[[1.5]]}`. */
export const columnsJson = (outputs: Tensor[], specs: TensorSpec[]): string =>
  `{${outputs.map((output, i) => `${JSON.stringify(specs[i]!.name)}:${nestedJson(output)}`).join(",")}}`;

function rowJson(tensor: Tensor, row: number, rows: number): string {
  const width = tensor.data.length / rows;
  const values = jsonValues(tensor, row * width, (row + 1) * width);
  return width === 1 ? values : `[${values}]`;
}

function nestedJson(tensor: Tensor, axis = 0, offset = 0): string {
  if (axis === tensor.shape.length) return jsonValues(tensor, offset, offset + 1);
  const width = tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  if (axis === tensor.shape.length - 1) return `[${jsonValues(tensor, offset, offset + tensor.shape[axis]!)}]`;
  const parts = Array.from({ length: tensor.shape[axis]! }, (_, i) => nestedJson(tensor, axis + 1, offset + i * width));
  return `[${parts.join(",")}]`;
}

const quoted = (names: string[]): string => names.map((name) => `"${name}"`).join(", ");
