/** What a served model takes and gives, as a node reports it. */
export interface Tensor {
  name: string;
  type: string;
  shape: number[];
}
export interface Signature {
  inputs: Tensor[];
  outputs: Tensor[];
}

const datatypes: Record<string, string> = { float16: "FP16", float32: "FP32", float64: "FP64", string: "BYTES" };
const datatypeOf = (type: string): string => datatypes[type] ?? type.toUpperCase();
const mostValues = 1000;

/** A request that a model with this signature accepts: a table if it takes one, else tensors; null when unknown. */
export function exampleOf({ inputs }: Signature): unknown {
  if (inputs.length === 0) return null;
  if (inputs.every(isColumn)) {
    return { dataframe_split: { columns: inputs.map((input) => input.name), data: [inputs.map(sample)] } };
  }
  return {
    inputs: inputs.map((input) => {
      const shape = input.shape.map((size) => (size === -1 ? 1 : size));
      const count = Math.min(
        shape.reduce((product, size) => product * size, 1),
        mostValues,
      );
      return { name: input.name, shape, datatype: datatypeOf(input.type), data: Array(count).fill(sample(input)) };
    }),
  };
}

const isColumn = ({ shape }: Tensor): boolean => shape.length === 1 || (shape.length === 2 && shape[1] === 1);
const sample = ({ type }: Tensor): unknown => (type === "string" ? "text" : type === "bool" ? true : 1);
