/** A record as a client sends it. */
export interface GivenRecord {
  inputs: Record<string, unknown>;
  outputs?: unknown;
  expectations?: Record<string, unknown>;
  tags?: Record<string, string>;
  source?: unknown;
}

interface Fields {
  inputs: Record<string, string>;
  outputs: Record<string, string> | string;
  expectations: Record<string, string>;
  version: string;
}

/** Type by field, over all the records that a data set ever had; the first type that a field had stays. */
export function fieldsOf(known: string | null, records: GivenRecord[]): string {
  const fields: Fields = known
    ? (JSON.parse(known) as Fields)
    : { inputs: {}, outputs: {}, expectations: {}, version: "1.0" };
  for (const { inputs, outputs, expectations } of records) {
    addFields(fields.inputs, inputs);
    addFields(fields.expectations, expectations ?? {});
    if (isObject(outputs) && typeof fields.outputs === "object") addFields(fields.outputs, outputs);
    else if (outputs !== undefined && outputs !== null && isEmpty(fields.outputs)) fields.outputs = typeOf(outputs);
  }
  return JSON.stringify(fields);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isEmpty = (value: object | string): boolean => typeof value === "object" && Object.keys(value).length === 0;

function addFields(known: Record<string, string>, values: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(values)) if (!Object.hasOwn(known, key)) known[key] = typeOf(value);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  return typeof value;
}
