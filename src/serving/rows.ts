import type { CollectedRow } from "../contract/serving.ts";
import { layoutOf } from "./protocol/frame.ts";
import { type Signature, scalarAt, type Tensor, type TensorSpec } from "./tensor.ts";

/** One answered request, as the collector takes it. */
export interface Answered {
  at: number;
  deployment: string;
  modelVersion: string;
  correlationId: string;
  signature: Signature;
  inputs: Tensor[];
  outputs: Tensor[];
  /** Names of the columns of a single matrix input, when the caller gave them. */
  columns: string[] | undefined;
}

const mostValues = 10_000;

/**
 * The rows of a request as named values. Row `i` of several has `#i` behind the correlation id. A value that is a
 * list per row becomes `name[0]`, `name[1]`, …; a matrix whose columns the caller named keeps these names.
 */
export function rowsOf(answered: Answered): CollectedRow[] {
  const { signature, inputs, outputs, at, deployment, modelVersion, correlationId } = answered;
  const count = inputs[0]?.shape[0] ?? 1;
  const perRow = [...inputs, ...outputs].every((tensor) => tensor.shape[0] === count);
  const rows = perRow ? count : 1;
  const columns = layoutOf(signature) === "matrix" ? answered.columns : undefined;
  return Array.from({ length: rows }, (_, row) => ({
    at,
    deployment,
    modelVersion,
    correlationId: rows > 1 ? `${correlationId}#${row}` : correlationId,
    inputs: namedValues(inputs, signature.inputs, row, rows, columns),
    outputs: namedValues(outputs, signature.outputs, row, rows),
  }));
}

function namedValues(
  tensors: Tensor[],
  specs: TensorSpec[],
  row: number,
  rows: number,
  columns?: string[],
): CollectedRow["inputs"] {
  const values: CollectedRow["inputs"] = {};
  for (const [i, tensor] of tensors.entries()) {
    const width = tensor.data.length / rows;
    const name = specs[i]!.name;
    for (let j = 0; j < Math.min(width, mostValues); j++)
      values[columns?.[j] ?? (width === 1 ? name : `${name}[${j}]`)] = scalarAt(tensor, row * width + j);
  }
  return values;
}
