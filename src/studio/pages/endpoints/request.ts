/** One cell of a request that a person can fill in. */
export interface Field {
  name: string;
  value: number | string | boolean | null;
}

/** A request as fields, and the way back. */
export interface RequestForm {
  fields: Field[];
  build: (values: Field["value"][]) => unknown;
  /** Path below the endpoint's address that takes this kind of body. */
  path: string;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCell = (value: unknown): value is Field["value"] => value === null || typeof value !== "object";
const cells = (row: unknown): Field["value"][] | null => (Array.isArray(row) && row.every(isCell) ? row : null);

/** Reads an example request as the form of one row; null when it is of a kind that has no form. */
export function formOf(example: unknown, model: string): RequestForm | null {
  if (!isObject(example)) return null;
  return (
    splitForm(example, "dataframe_split", "/invocations") ??
    splitForm(example, "input_data", "/score") ??
    recordForm(example) ??
    tensorForm(example, model) ??
    rowForm(example)
  );
}

/** `{ dataframe_split: { columns, data } }`, and Azure's `{ input_data: { columns, data } }`. */
function splitForm(example: Json, key: string, path: string): RequestForm | null {
  const frame = example[key];
  if (!isObject(frame) || !Array.isArray(frame.columns) || !Array.isArray(frame.data)) return null;
  const row = cells(frame.data[0]);
  if (!row) return null;
  const index = Array.isArray(frame.index) ? { index: frame.index.slice(0, 1) } : {};
  return {
    fields: frame.columns.map((name, at) => ({ name: String(name), value: row[at] ?? null })),
    build: (values) => ({ ...example, [key]: { ...frame, ...index, data: [values] } }),
    path,
  };
}

/** `{ dataframe_records: [{ age: 0.1, … }] }` */
function recordForm(example: Json): RequestForm | null {
  const record = Array.isArray(example.dataframe_records) ? example.dataframe_records[0] : null;
  if (!isObject(record) || !Object.values(record).every(isCell)) return null;
  const names = Object.keys(record);
  return {
    fields: names.map((name) => ({ name, value: record[name] as Field["value"] })),
    build: (values) => ({
      ...example,
      dataframe_records: [Object.fromEntries(names.map((name, at) => [name, values[at]]))],
    }),
    path: "/invocations",
  };
}

interface Tensor extends Json {
  name: string;
  shape: number[];
  data: Field["value"][];
}

const isTensor = (value: unknown): value is Tensor =>
  isObject(value) && typeof value.name === "string" && Array.isArray(value.shape) && Array.isArray(value.data);

/** Open Inference Protocol: `{ inputs: [{ name, shape, datatype, data }] }`; the first row of each tensor. */
function tensorForm(example: Json, model: string): RequestForm | null {
  const { inputs } = example;
  if (!Array.isArray(inputs) || inputs.length === 0 || !inputs.every(isTensor)) return null;
  const tensors = inputs.map((tensor) => {
    const width = tensor.shape.slice(1).reduce((product, size) => product * size, 1);
    return { tensor, row: tensor.data.flat(8).slice(0, width) as Field["value"][] };
  });
  return {
    fields: tensors.flatMap(({ tensor, row }) =>
      row.map((value, at) => ({ name: row.length === 1 ? tensor.name : `${tensor.name}[${at}]`, value })),
    ),
    build: (values) => {
      let at = 0;
      return {
        ...example,
        inputs: tensors.map(({ tensor, row }) => {
          const data = values.slice(at, at + row.length);
          at += row.length;
          return { ...tensor, shape: [1, ...tensor.shape.slice(1)], data };
        }),
      };
    },
    path: `/v2/models/${encodeURIComponent(model)}/infer`,
  };
}

/** `{ data: [[…]] }` or `{ inputs: [[…]] }`: rows without names. */
function rowForm(example: Json): RequestForm | null {
  for (const key of ["data", "inputs"]) {
    const rows = example[key];
    const row = Array.isArray(rows) ? cells(rows[0]) : null;
    if (!row) continue;
    return {
      fields: row.map((value, at) => ({ name: `column ${at + 1}`, value })),
      build: (values) => ({ ...example, [key]: [values] }),
      path: key === "data" ? "/score" : "/invocations",
    };
  }
  return null;
}
