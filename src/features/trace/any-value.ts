/** A value of OpenTelemetry in OTLP's JSON: exact where plain JSON is not, as with 64-bit integers. */
export type AnyValue = {
  stringValue?: string;
  boolValue?: boolean;
  /** Decimal digits. */
  intValue?: string;
  doubleValue?: number | "NaN" | "Infinity" | "-Infinity";
  arrayValue?: { values: AnyValue[] };
  kvlistValue?: { values: KeyValue[] };
  /** Base64. */
  bytesValue?: string;
};

export interface KeyValue {
  key: string;
  value: AnyValue;
}

/** The value as plain JSON. An integer that a double cannot hold is given as text. */
export function plainOf(value: AnyValue): unknown {
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : value.intValue;
  }
  if (value.arrayValue) return value.arrayValue.values.map(plainOf);
  if (value.kvlistValue) return plainPairs(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue ?? null;
}

export const plainPairs = (pairs: KeyValue[]): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, plainOf(value)]));

/** Plain JSON as a value of OpenTelemetry. */
export function anyValueOf(plain: unknown): AnyValue {
  if (typeof plain === "string") return { stringValue: plain };
  if (typeof plain === "boolean") return { boolValue: plain };
  if (typeof plain === "number")
    return Number.isSafeInteger(plain) ? { intValue: String(plain) } : { doubleValue: plain };
  if (Array.isArray(plain)) return { arrayValue: { values: plain.map(anyValueOf) } };
  if (typeof plain === "object" && plain !== null) return { kvlistValue: { values: keyValuesOf(plain) } };
  return {};
}

export const keyValuesOf = (plain: object): KeyValue[] =>
  Object.entries(plain).map(([key, value]) => ({ key, value: anyValueOf(value) }));

/** JSON text as Python writes it, which is how tracking clients keep attributes. */
export function dumped(value: AnyValue): string {
  if (value.intValue !== undefined) return value.intValue;
  if (value.doubleValue !== undefined)
    return Number.isInteger(value.doubleValue) ? `${value.doubleValue}.0` : `${value.doubleValue}`;
  if (value.arrayValue) return `[${value.arrayValue.values.map(dumped).join(", ")}]`;
  if (value.kvlistValue) {
    return `{${value.kvlistValue.values.map((pair) => `${JSON.stringify(pair.key)}: ${dumped(pair.value)}`).join(", ")}}`;
  }
  return JSON.stringify(plainOf(value));
}
