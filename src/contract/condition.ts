import { invalid } from "./errors.ts";
import type { Condition } from "./job-definition.ts";

type Value = Condition["right"];

/** Does it hold? Numbers compare as numbers, also when the value came as text; everything else as text. */
export function holds(left: Value, operator: Condition["operator"], right: Value): boolean {
  if (typeof right === "number") {
    const number = typeof left === "string" && left.trim() === "" ? Number.NaN : Number(left);
    if (typeof left === "boolean" || Number.isNaN(number)) {
      throw invalid(`The condition compares ${JSON.stringify(left)} with the number ${right}.`);
    }
    return compare(number, operator, right);
  }
  if (typeof right === "boolean") {
    if (operator !== "==" && operator !== "!=") throw invalid(`A condition cannot ask for ${operator} ${right}.`);
    const word = String(left).trim().toLowerCase();
    if (word !== "true" && word !== "false") {
      throw invalid(`The condition compares ${JSON.stringify(left)} with ${right}.`);
    }
    return compare(word, operator, String(right));
  }
  return compare(String(left), operator, right);
}

function compare<T extends string | number>(left: T, operator: Condition["operator"], right: T): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

/** As a person reads it: `evaluate.accuracy >= 0.9`. */
export function conditionText({ left, field, operator, right }: Condition): string {
  const source =
    left.from === "step"
      ? `${left.step}.${left.output}`
      : left.from === "input"
        ? `inputs.${left.input}`
        : left.from === "literal"
          ? JSON.stringify(left.value)
          : left.from;
  return `${[source, ...field].join(".")} ${operator} ${JSON.stringify(right)}`;
}
