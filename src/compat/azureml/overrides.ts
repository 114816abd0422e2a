import { didYouMean } from "../../contract/suggest.ts";
import { type Literal, type MapNode, type Node, type ScalarNode, scalarAt } from "./document.ts";
import { asBoolean, asNumber } from "./fields.ts";
import type { At, Issues } from "./issues.ts";

/**
 * Puts values over those of a job file: `inputs.alpha=0.5`, `settings.force_rerun=true`, `jobs.train.inputs.depth=3`.
 * It happens before the file is read, so that an override is checked like anything that is written in it.
 */
export function applyOverrides(root: MapNode, set: Record<string, string>, file: string, issues: Issues): void {
  for (const [target, value] of Object.entries(set)) {
    const at: At = { file, line: 1, column: 1, override: target };
    const path = target.split(".");
    if (path.some((part) => part === "" || part === "__proto__")) {
      issues.add(
        at,
        `"${target}" names nothing in a job`,
        "Write for example inputs.alpha=0.5 or settings.force_rerun=true.",
      );
    } else if (isKnown(root, path, at, issues)) put(root, root, path, value, at, issues);
  }
}

/** Steps, and inputs that no component declares, must exist already; every other name is checked when the file is read. */
function isKnown(root: MapNode, path: string[], at: At, issues: Issues): boolean {
  const [first, second, third, fourth] = path;
  if (first === "inputs") return isThere(child(root, "inputs"), second, "input", at, issues);
  if (first !== "jobs") return true;
  const steps = child(root, "jobs");
  if (!isThere(steps, second, "step", at, issues)) return false;
  const step = child(steps, second);
  if (third !== "inputs" || step?.entries.has("component")) return true;
  return isThere(child(step, "inputs"), fourth, "input", at, issues, ` of step "${second}"`);
}

function isThere(
  parent: MapNode | undefined,
  name: string | undefined,
  what: string,
  at: At,
  issues: Issues,
  whose = "",
): boolean {
  if (name !== undefined && parent?.entries.has(name)) return true;
  const hint = didYouMean(name ?? "", parent?.entries.keys() ?? []);
  issues.add(
    at,
    name === undefined ? `the name of the ${what} is missing` : `there is no ${what} "${name}"${whose}`,
    hint,
  );
  return false;
}

function child(node: MapNode | undefined, name: string | undefined): MapNode | undefined {
  const found = name === undefined ? undefined : node?.entries.get(name)?.node;
  return found?.kind === "map" ? found : undefined;
}

function put(root: MapNode, node: MapNode, path: string[], value: string, at: At, issues: Issues): void {
  const [name = "", ...rest] = path;
  const entry = node.entries.get(name);
  if (rest.length > 0) {
    const inner = entry?.node;
    if (inner && inner.kind !== "map" && !(inner.kind === "scalar" && inner.value === null)) {
      issues.add(at, `"${name}" has no field "${rest[0]}"`);
      return;
    }
    const next: MapNode = inner?.kind === "map" ? inner : { kind: "map", entries: new Map(), at };
    node.entries.set(name, { name, at: entry?.at ?? at, node: next });
    put(root, next, rest, value, at, issues);
    return;
  }
  const replaced = replace(root, entry?.node, value, at, issues);
  if (replaced) node.entries.set(name, { name, at: entry?.at ?? at, node: replaced });
}

/** The new value in the form of the old one: a path in a mapping with a type, a number where a number was. */
function replace(root: MapNode, old: Node | undefined, value: string, at: At, issues: Issues): Node | undefined {
  if (old?.kind === "list") {
    issues.add(at, "a list cannot be overridden");
    return undefined;
  }
  if (old?.kind === "map") return replaceInMapping(old, value, at);
  if (!old || old.value === null) return guess(value, at);
  const source = boundInput(root, old);
  if (source) return replace(root, source, value, at, issues);
  if (typeof old.value === "number" && asNumber(value) === undefined) {
    issues.add(at, `the value must be a number like the one it replaces (${old.text}), but it is "${value}"`);
    return undefined;
  }
  if (typeof old.value === "boolean" && asBoolean(value) === undefined) {
    issues.add(at, `the value must be true or false, but it is "${value}"`);
    return undefined;
  }
  return typeof old.value === "string" ? scalarAt(at, value) : guess(value, at);
}

function replaceInMapping(old: MapNode, value: string, at: At): MapNode {
  const type = old.entries.get("type")?.node;
  const word = type?.kind === "scalar" ? type.text.toLowerCase() : "";
  const isValue = ["number", "integer", "boolean", "string"].includes(word) || old.entries.has("value");
  const name = isValue ? "value" : "path";
  return { ...old, entries: new Map(old.entries).set(name, { name, at, node: scalarAt(at, value) }) };
}

/** The input of the pipeline that a value is bound to. */
function boundInput(root: MapNode, old: ScalarNode): Node | undefined {
  const input = /^\s*\$\{\{\s*parent\.inputs\.(\w+)\s*\}\}\s*$/.exec(old.text)?.[1];
  return input === undefined ? undefined : child(root, "inputs")?.entries.get(input)?.node;
}

/** A value with nothing to compare it to, read as YAML would. */
function guess(text: string, at: At): ScalarNode {
  let value: Literal = text;
  if (/^(true|false)$/i.test(text)) value = text.toLowerCase() === "true";
  else if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) value = Number(text);
  return scalarAt(at, value, text);
}
