import { type Issue, Problem } from "../../contract/errors.ts";
import { bodyPathOf, fillLate, lateNames } from "../../contract/late-value.ts";
import type { ScheduleSettings } from "../../contract/schedule.ts";

type Inputs = ScheduleSettings["start"]["inputs"];
export type LateValues = Record<string, string>;

const longestValue = 10_000;

/** The inputs with values in the place of the names in their texts. */
export function fillInputs(inputs: Inputs, values: LateValues): Inputs {
  const filled: Inputs = { ...inputs };
  for (const [input, given] of Object.entries(inputs)) {
    if (typeof given !== "string") continue;
    const text = fillLate(given, (name) => {
      if (Object.hasOwn(values, name)) return values[name]!;
      throw new Problem("unprocessable", `Input ${input}: there is no value for \${{${name}}}.`);
    });
    if (text.length > longestValue) {
      throw new Problem(
        "unprocessable",
        `Input ${input} has ${text.length} characters; at most ${longestValue} may be.`,
      );
    }
    filled[input] = text;
  }
  return filled;
}

/** Those of the inputs that take something from the body of a call. */
export const bodyInputs = (inputs: Inputs): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).filter(([, given]) => typeof given === "string" && lateNames(given).some(bodyPathOf)),
  );

/** The values of a call's body that the inputs name; fails with everything that is missing or is no single value. */
export function valuesOfBody(inputs: Inputs, body: unknown): LateValues {
  const values: LateValues = {};
  const issues: Issue[] = [];
  for (const [input, given] of Object.entries(inputs)) {
    for (const name of typeof given === "string" ? lateNames(given) : []) {
      const path = bodyPathOf(name);
      if (!path) continue;
      const value = valueAt(body, path);
      if (["string", "number", "boolean"].includes(typeof value)) values[name] = String(value);
      else issues.push({ at: ["body", ...path].join("."), message: `${wrongWith(value)}; input ${input} takes it` });
    }
  }
  if (issues[0]) {
    const message = `The body of the call does not have what the schedule needs: ${issues[0].at} ${issues[0].message}.`;
    throw new Problem("unprocessable", message, { issues });
  }
  return values;
}

function valueAt(body: unknown, path: string[]): unknown {
  let value = body;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function wrongWith(value: unknown): string {
  if (value === undefined) return "is missing";
  return `is ${value === null ? "null" : Array.isArray(value) ? "a list" : "an object"}, and no text, number or boolean`;
}
