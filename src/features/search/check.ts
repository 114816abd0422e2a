import { invalid } from "../../contract/errors.ts";
import type { Operator } from "./compare.ts";
import type { Comparison } from "./filter.ts";

const order: Operator[] = ["=", "!=", ">", ">=", "<", "<="];

/** What may be compared how. */
export const numeric = { operators: order, value: "number" } as const;
export const text = { operators: ["=", "!=", "LIKE", "ILIKE"] as Operator[], value: "string" } as const;
export const textOrNull = { ...text, operators: [...text.operators, "IS NULL", "IS NOT NULL"] as Operator[] };
export const textOrList = { ...text, operators: [...text.operators, "IN", "NOT IN"] as Operator[] };

export function check(
  comparison: Comparison,
  kind: { operators: readonly Operator[]; value: "number" | "string" },
): Comparison {
  const { operator, value } = comparison;
  if (!kind.operators.includes(operator)) {
    throw invalid(
      `Invalid comparison operator '${operator}' in '${comparison.text}'. It takes one of ${kind.operators.join(", ")}.`,
    );
  }
  if (operator.startsWith("IS ") || operator.endsWith("IN")) return comparison;
  if (typeof value === kind.value) return comparison;
  throw invalid(
    kind.value === "number"
      ? `Expected numeric value type for '${comparison.key}'. Found ${JSON.stringify(value)} in '${comparison.text}'.`
      : `Expected a quoted string value for '${comparison.key}' (e.g. 'my-value'). Got value ${JSON.stringify(value)} in '${comparison.text}'.`,
  );
}

export function oneOf(what: string, name: string, known: string[]): never {
  throw invalid(`Invalid ${what} '${name}' specified. Valid ones are ${known.map((one) => `'${one}'`).join(", ")}.`);
}
