import { assetTypes, type JobInput, valueTypes } from "../../contract/job.ts";
import { isExact } from "../../contract/literal.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { Literal, ScalarNode } from "./document.ts";
import { asBoolean, asNumber } from "./fields.ts";
import type { Issues, Located } from "./issues.ts";

export type InputType = JobInput["type"];
export type AssetType = (typeof assetTypes)[number];
export type ValueType = (typeof valueTypes)[number];

const words: readonly InputType[] = [...valueTypes, ...assetTypes];

/** Names that people write from habit. */
const habits: Record<string, InputType> = {
  float: "number",
  double: "number",
  int: "integer",
  bool: "boolean",
  str: "string",
  text: "string",
  file: "uri_file",
  folder: "uri_folder",
  directory: "uri_folder",
};

/** The word of a `type` field as a type; an issue when there is none such. `path` is the old word for a folder. */
export function parseType(written: Located<string>, issues: Issues): Located<InputType> | undefined {
  const word = written.value.trim().toLowerCase();
  if (word === "path") return { value: "uri_folder", at: written.at };
  const type = words.find((candidate) => candidate === word);
  if (type) return { value: type, at: written.at };
  const habit = Object.hasOwn(habits, word) ? `Did you mean "${habits[word]}"?` : didYouMean(word, words);
  issues.add(written.at, `there is no type "${written.value}"`, habit ?? `Types are ${words.join(", ")}.`);
  return undefined;
}

export const isAsset = (type: InputType): type is AssetType => (assetTypes as readonly string[]).includes(type);

export const isModel = (type: InputType): boolean => type.endsWith("_model");

/** One file, a folder of files, or either. */
export function shapeOf(type: AssetType): "file" | "folder" | "either" {
  if (type === "uri_file") return "file";
  return type === "custom_model" ? "either" : "folder";
}

/**
 * Can what is produced as one type be consumed as another? A value is written as a file, so it may be consumed as one;
 * a file may hold a value, which shows when it is read.
 */
export function isCompatible(produced: InputType, consumed: InputType): boolean {
  if (!isAsset(produced) && !isAsset(consumed)) {
    return produced === consumed || consumed === "string" || (produced === "integer" && consumed === "number");
  }
  const [from, to] = [produced, consumed].map((type) => (isAsset(type) ? shapeOf(type) : "file"));
  return from === to || from === "either" || to === "either";
}

/**
 * A file where a folder is declared, or a folder for a file: Azure ML passes on what there is. The types of models and
 * tables say more than that.
 */
export const areFilesAlike = (produced: InputType, consumed: InputType): boolean =>
  [produced, consumed].every((type) => type === "uri_file" || type === "uri_folder");

/** The type of a literal that nothing declares. `1` is an integer, `1.0` a number. */
export function inferType(node: ScalarNode): ValueType {
  if (typeof node.value === "boolean") return "boolean";
  if (typeof node.value !== "number") return "string";
  return /^[-+]?\d+$/.test(node.text) ? "integer" : "number";
}

/** A literal as a value of a declared type, as lenient as Azure ML is (`"0.5"` is a number); undefined when it is not one. */
export function coerce(node: ScalarNode, type: ValueType): Literal | undefined {
  if (type === "string") return node.text;
  if (type === "boolean") return asBoolean(node.value);
  const value = asNumber(node.value);
  if (value === undefined || !isExact(value)) return undefined;
  return type === "integer" && !Number.isInteger(value) ? undefined : value;
}
