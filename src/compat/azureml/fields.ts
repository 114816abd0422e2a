import { didYouMean } from "../../contract/suggest.ts";
import { describe, type MapEntry, type MapNode, type Node, plain, type ScalarNode } from "./document.ts";
import type { Issues, Located, Refusal } from "./issues.ts";

/** Reads the value of one field; undefined, and an issue, when it is of the wrong type. */
export type Reader<T> = (node: Node, field: string, issues: Issues) => T | undefined;

/** The fields that one construct of the language has. */
export type Shape = Record<string, Reader<unknown>>;

/** What reading a shape gives. A field that is absent, empty or wrong is undefined. */
export type Fields<S extends Shape> = { [K in keyof S]?: S[K] extends Reader<infer T> ? T : never };

/** Reads every field of a mapping; unknown and missing ones are issues. `what` completes "… in a command job". */
export function readFields<S extends Shape>(
  node: MapNode,
  what: string,
  shape: S,
  issues: Issues,
  required: readonly (keyof S & string)[] = [],
): Fields<S> {
  const fields: Fields<S> = {};
  for (const entry of node.entries.values()) {
    const reader = Object.hasOwn(shape, entry.name) ? shape[entry.name as keyof S] : undefined;
    if (!reader) {
      issues.add(entry.at, `unknown field "${entry.name}" in ${what}`, didYouMean(entry.name, Object.keys(shape)));
    } else if (!isEmpty(entry.node)) {
      fields[entry.name as keyof S] = reader(entry.node, entry.name, issues) as Fields<S>[keyof S];
    }
  }
  for (const name of required) {
    const entry = node.entries.get(name);
    if (!entry || isBlank(entry.node)) issues.add(entry?.at ?? node.at, `${what} needs the field "${name}"`);
  }
  return fields;
}

const isBlank = (node: Node): boolean => node.kind === "scalar" && node.text.trim() === "";

export const isEmpty = (node: Node): boolean => node.kind === "scalar" && node.value === null;

/** The value as it stands, for fields that have several forms. */
export const raw: Reader<Node> = (node) => node;

/** A field that nothing depends on: what Azure fills in itself, what only describes. */
export const ignored: Reader<undefined> = () => undefined;

/** A field that means something in Azure and nothing here: who may look at it, how it is billed. */
export const noEffect: Reader<undefined> = (node, field, issues) => {
  issues.warn(node.at, `"${field}" has no effect here`);
  return undefined;
};

/** A field that would change what happens and is not implemented: said by name, never dropped silently. */
export const refused =
  (what: string, hint?: string): Reader<undefined> =>
  (node, _field, issues) => {
    issues.add(node.at, `${what} not supported yet`, hint);
    return undefined;
  };

/** The same for what the documentation lists as not taken. */
export const refusedAs =
  (refusal: Refusal, what: string): Reader<undefined> =>
  (node, _field, issues) => {
    issues.refuse(node.at, refusal, `${what} not supported yet`);
    return undefined;
  };

/** Any scalar, with its position. */
export const scalar: Reader<ScalarNode> = (node, field, issues) => {
  if (node.kind === "scalar") return node;
  return wrong(node, field, "a single value", issues);
};

/** Text. Numbers and booleans count as the text they were written as. */
export const text: Reader<Located<string>> = (node, field, issues) => {
  if (node.kind === "scalar") return { value: node.text, at: node.at };
  return wrong(node, field, "text", issues);
};

/** true or false, also as text: Azure's own files write `'True'`. */
export const boolean: Reader<Located<boolean>> = (node, field, issues) => {
  const value = node.kind === "scalar" ? asBoolean(node.value) : undefined;
  return value === undefined ? wrong(node, field, "true or false", issues) : { value, at: node.at };
};

export function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (["true", "yes", "on"].includes(word)) return true;
  return ["false", "no", "off"].includes(word) ? false : undefined;
}

export function asNumber(value: unknown): number | undefined {
  if (typeof value === "string" && value.trim() === "") return undefined;
  const parsed = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** A whole number in a range. */
export const integer =
  (min: number, max: number): Reader<Located<number>> =>
  (node, field, issues) => {
    const value = node.kind === "scalar" ? asNumber(node.value) : undefined;
    if (value !== undefined && Number.isInteger(value) && value >= min && value <= max) return { value, at: node.at };
    return wrong(node, field, `a whole number from ${min} to ${max}`, issues);
  };

/** A number in a range. */
export const number =
  (min: number, max: number): Reader<Located<number>> =>
  (node, field, issues) => {
    const value = node.kind === "scalar" ? asNumber(node.value) : undefined;
    if (value !== undefined && value >= min && value <= max) return { value, at: node.at };
    return wrong(node, field, `a number from ${min} to ${max}`, issues);
  };

/** One of a few words, in any case. */
export const oneOf =
  <const W extends string>(words: readonly W[]): Reader<Located<W>> =>
  (node, field, issues) => {
    const given = node.kind === "scalar" ? node.text.toLowerCase() : undefined;
    const word = words.find((candidate) => candidate.toLowerCase() === given);
    if (word !== undefined) return { value: word, at: node.at };
    const hint = given === undefined ? undefined : didYouMean(given, words);
    return wrong(node, field, `one of ${words.join(", ")}`, issues, hint);
  };

/** The entries of a mapping whose names the user chose. */
export const entries: Reader<MapEntry[]> = (node, field, issues) => {
  if (node.kind === "map") return [...node.entries.values()];
  return wrong(node, field, "a mapping", issues);
};

/** A mapping from names to text. */
export const textByName: Reader<Map<string, Located<string>>> = (node, field, issues) => {
  const found = new Map<string, Located<string>>();
  for (const entry of entries(node, field, issues) ?? []) {
    const value = text(entry.node, `${field}.${entry.name}`, issues);
    if (value) found.set(entry.name, value);
  }
  return found;
};

/** Tags: text by name. What is more than a single value is kept as JSON, as published files have it. */
export const tags: Reader<Map<string, Located<string>>> = (node, field, issues) => {
  const found = new Map<string, Located<string>>();
  for (const { name, node: value } of entries(node, field, issues) ?? []) {
    const text = value.kind === "scalar" ? value.text : JSON.stringify(plain(value));
    found.set(name, { value: text, at: value.at });
  }
  return found;
};

/** A list of single values. */
export const scalars: Reader<ScalarNode[]> = (node, field, issues) => {
  if (node.kind === "list") return node.items.flatMap((item) => scalar(item, field, issues) ?? []);
  return wrong(node, field, "a list", issues);
};

/** A list of names, or one name. */
export const names: Reader<Located<string>[]> = (node, field, issues) => {
  const items = node.kind === "scalar" ? [node] : scalars(node, field, issues);
  return items?.map((item) => ({ value: item.text, at: item.at }));
};

/** A mapping, as it is; or nothing, and an issue. */
export const mapping: Reader<MapNode> = (node, field, issues) => {
  if (node.kind === "map") return node;
  return wrong(node, field, "a mapping", issues);
};

/** A mapping with fields of its own. */
export const fields =
  <S extends Shape>(what: string, shape: S): Reader<Fields<S>> =>
  (node, field, issues) => {
    if (node.kind === "map") return readFields(node, what, shape, issues);
    return wrong(node, field, "a mapping", issues);
  };

export function wrong(node: Node, field: string, expected: string, issues: Issues, hint?: string): undefined {
  issues.add(node.at, `"${field}" must be ${expected}, but it is ${describe(node)}`, hint);
  return undefined;
}
