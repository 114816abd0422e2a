import { invalid } from "../../contract/errors.ts";
import { type JobOutput, type Step, valueTypes } from "../../contract/job.ts";
import { isPlain } from "../../contract/shell-place.ts";
import type { Ctx } from "../../platform/context.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import type { ResolvedInput } from "./key.ts";
import type { StepOutputs } from "./resolve.ts";

type Value = string | number | boolean;

/** A file that is longer holds no single value. */
const longestValue = 64 * 1024;

export const isValueType = (type: string): boolean => (valueTypes as readonly string[]).includes(type);

/** A value that nobody wrote who wrote the command. What is plain is the same whoever wrote it, in keys too. */
export const givenValue = (type: string, value: string): ResolvedInput => ({
  ...{ kind: "value", type, value },
  ...(isPlain(value) ? {} : { given: true }),
});

/** The text of the one file of a tree. `what` names it in messages: `output "accuracy" of step evaluate`. */
export async function readText(ctx: Ctx, workspace: string, tree: string, what: string): Promise<string> {
  const files = await readTree(ctx, workspace, tree);
  const [file] = files;
  if (!file || files.length > 1) {
    throw invalid(`The ${what} holds no single value: it has ${files.length} files.`, {
      hint: "Write the value into one file.",
    });
  }
  if (file.size > longestValue) throw invalid(`The ${what} holds no single value: its file has ${file.size} bytes.`);
  return Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString("utf8");
}

/** The value that a text stands for: a JSON scalar, a field of a JSON object, or the text itself. */
export function parseValue(text: string, field: readonly string[], what: string): Value {
  const trimmed = text.trim();
  const parsed = parseJson(trimmed);
  if (field.length === 0) return isScalar(parsed) ? parsed : trimmed;
  let value: unknown = parsed;
  for (const name of field) {
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined;
  }
  if (isScalar(value)) return value;
  throw invalid(`The ${what} has no single value at ${field.join(".")}.`, {
    hint: "Write a JSON object whose field is a number, a text, true or false.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isScalar = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

/** A value that comes from elsewhere, as the text that steps take; refused when it is of another type. */
export function checkValue(text: string, type: JobOutput["type"], what: string): string {
  const trimmed = text.trim();
  if (type === "string") return text.replace(/\r?\n$/, "");
  if (type === "boolean") {
    const word = trimmed.toLowerCase();
    if (word === "true" || word === "false") return word;
  } else {
    const number = trimmed === "" ? Number.NaN : Number(trimmed);
    if (type === "number" ? Number.isFinite(number) : Number.isInteger(number)) return trimmed;
  }
  throw invalid(`The ${what} must be ${type === "integer" ? "an" : "a"} ${type}, but it is ${quote(trimmed)}.`);
}

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Outputs of a value type with their values; a step that wrote something else has failed. */
export async function withValues(
  ctx: Ctx,
  workspace: string,
  name: string,
  step: Step,
  outputs: StepOutputs["outputs"],
): Promise<StepOutputs["outputs"]> {
  const known: StepOutputs["outputs"] = {};
  for (const [output, written] of Object.entries(outputs)) {
    const type = step.outputs[output]?.type;
    const what = `output "${output}" of step ${name}`;
    known[output] =
      type && isValueType(type)
        ? { ...written, value: checkValue(await readText(ctx, workspace, written.digest, what), type, what) }
        : written;
  }
  return known;
}
