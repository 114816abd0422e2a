import { invalid } from "../../contract/errors.ts";
import type { Signature } from "../tensor.ts";

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Parses a body as a JSON object. Whole numbers beyond 2^53 become BigInts if the model takes 64-bit integers. */
export function parseObject(body: Buffer, signature: Signature): Record<string, unknown> {
  let value: unknown;
  const text = body.toString("utf8");
  try {
    value = needsEveryDigit(text, signature) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    throw invalid(`The body is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw invalid("The body must be a JSON object.");
  return value;
}

const needsEveryDigit = (text: string, signature: Signature): boolean =>
  signature.inputs.some(({ type }) => type === "int64" || type === "uint64") && /\d{16}/.test(text);

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || Number.isSafeInteger(value) || !source) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
