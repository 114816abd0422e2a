/** What the reader keeps of a value that a pickle makes. Everything it need not look at is `undefined`. */
export type Value = string | number | Named | Made | Value[] | Map<string, Value> | undefined;

/** Something imported by name. */
export interface Named {
  module: string;
  name: string;
}

/** The result of calling something; nothing is ever called here. */
export interface Made {
  by: Named | undefined;
  from: Value;
  state: Value;
}

export const isNamed = (value: Value): value is Named => isObject(value) && "module" in value;
export const isMade = (value: Value): value is Made => isObject(value) && "by" in value;
const isObject = (value: Value): value is Named | Made =>
  typeof value === "object" && !Array.isArray(value) && !(value instanceof Map);
