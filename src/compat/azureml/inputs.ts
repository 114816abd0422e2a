import { isExact } from "../../contract/literal.ts";
import { describe, type Literal, type MapEntry, type ScalarNode } from "./document.ts";
import { type Bound, type BoundText, readText } from "./expression.ts";
import { asNumber, readFields } from "./fields.ts";
import type { At, Issues, Located } from "./issues.ts";
import { inputPortShape, inputValueShape } from "./schema.ts";
import { type AssetType, coerce, type InputType, inferType, isAsset, parseType, type ValueType } from "./types.ts";

/** What an input accepts. */
export interface Port {
  name: string;
  at: At;
  type: InputType;
  optional: boolean;
  min?: number;
  max?: number;
  enum?: Literal[];
  default?: ScalarNode;
  mode?: "direct";
}

/** What a job or step gives to an input. `broken` was already reported, and is not reported again as missing. */
export type Given =
  | { kind: "literal"; node: ScalarNode }
  | { kind: "path"; node: ScalarNode; type: AssetType }
  | { kind: "bound"; to: Bound; at: At; type?: Located<AssetType> }
  | { kind: "text"; parts: BoundText; at: At }
  | { kind: "broken" };

/** What an input is bound to, as a whole or in its text. */
export function boundsOf(given: Given | undefined): Bound[] {
  if (given?.kind === "bound") return [given.to];
  return given?.kind === "text" ? given.parts.filter((part) => typeof part === "object") : [];
}

/** An input of a job or step: a value, and what its mapping form declares about it. */
export interface InputEntry {
  name: string;
  at: At;
  mode?: "direct";
  /** Known for a literal and for a mapping with a type; a bound input has the type of what it is bound to. */
  port?: Port;
  optional: boolean;
  given?: Given;
}

const ioName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/** Is the name of an input or output usable? An issue when not. */
export function checkName(entry: MapEntry, what: string, issues: Issues): boolean {
  if (ioName.test(entry.name) && entry.name !== "__proto__") return true;
  const message = `"${entry.name}" cannot be the name of an ${what}`;
  if (entry.name.includes("."))
    issues.refuse(entry.at, "groups of inputs", message, "Give each input a name of its own.");
  else issues.add(entry.at, message, "Use letters, digits and _, beginning with a letter.");
  return false;
}

/** An input that a component declares. */
export function readPort(entry: MapEntry, issues: Issues): Port | undefined {
  if (!checkName(entry, "input", issues)) return undefined;
  if (entry.node.kind !== "map") {
    const hint = `Write ${entry.name}: { type: number }, with "default" for a value.`;
    issues.add(
      entry.node.at,
      `the input "${entry.name}" of a component must be a mapping, but it is ${describe(entry.node)}`,
      hint,
    );
    return undefined;
  }
  const fields = readFields(entry.node, `the input "${entry.name}"`, inputPortShape, issues, ["type"]);
  const type = fields.type && parseType(fields.type, issues);
  return type && buildPort(entry, type.value, fields, issues);
}

type PortFields = ReturnType<typeof readFields<typeof inputPortShape>>;

function buildPort(entry: MapEntry, type: InputType, fields: PortFields, issues: Issues): Port {
  const port: Port = { name: entry.name, at: entry.at, type, optional: fields.optional?.value ?? false };
  if (fields.mode?.value === "direct") port.mode = "direct";
  for (const bound of ["min", "max"] as const) {
    const node = fields[bound];
    if (!node) continue;
    const value = type === "integer" || type === "number" ? coerce(node, "number") : undefined;
    if (typeof value === "number") port[bound] = value;
    else
      issues.add(
        node.at,
        `"${bound}" needs a number, and an input of type number or integer; "${entry.name}" is ${type}`,
      );
  }
  for (const node of fields.enum ?? []) {
    const value = isAsset(type) ? undefined : coerce(node, type);
    if (value === undefined)
      issues.add(node.at, `"enum" of "${entry.name}" has ${describe(node)}, which is no ${type}`);
    else port.enum = [...(port.enum ?? []), value];
  }
  if (port.min !== undefined && port.max !== undefined && port.min > port.max)
    issues.add(entry.at, `the input "${entry.name}" allows nothing: min ${port.min} is greater than max ${port.max}`);
  if (fields.default) {
    port.default = fields.default;
    if (!isAsset(type)) checkLiteral(fields.default, port, issues);
  }
  return port;
}

/** An input as a job or a step gives it. */
export function readInput(entry: MapEntry, issues: Issues): InputEntry | undefined {
  if (!checkName(entry, "input", issues)) return undefined;
  const { name, at, node } = entry;
  if (node.kind === "scalar") {
    if (node.value === null) return { name, at, optional: false };
    const given = readScalar(node, issues);
    const type = given.kind === "text" ? "string" : inferType(node);
    const isValue = given.kind === "literal" || given.kind === "text";
    const port: Port | undefined = isValue ? { name, at, type, optional: false } : undefined;
    return { name, at, optional: false, given, port };
  }
  if (node.kind === "list") {
    issues.add(node.at, `the input "${name}" must be a value or a mapping, but it is a list`);
    return { name, at, optional: false, given: { kind: "broken" } };
  }
  const fields = readFields(node, `the input "${name}"`, inputValueShape, issues);
  const optional = fields.optional?.value ?? false;
  const written = fields.type && parseType(fields.type, issues);
  if (fields.type && !written) return { name, at, optional, given: { kind: "broken" } };
  const value = fields.value ?? (fields.path ? undefined : fields.default);
  const type = written?.value ?? (value ? inferType(value) : "uri_folder");
  const port = buildPort(entry, type, fields, issues);
  const given = giveMapping(name, type, fields.path, value, written, issues);
  const isBound = given?.kind === "bound" && !written;
  return { name, at, optional, mode: port.mode, port: isBound ? undefined : port, given };
}

function readScalar(node: ScalarNode, issues: Issues): Given {
  const parts = readText(node, issues);
  if (parts === "none") return { kind: "literal", node };
  if (parts === "wrong") return { kind: "broken" };
  const [only] = parts;
  if (parts.length === 1 && typeof only === "object") return { kind: "bound", to: only, at: node.at };
  return { kind: "text", parts, at: node.at };
}

function giveMapping(
  name: string,
  type: InputType,
  path: ScalarNode | undefined,
  value: ScalarNode | undefined,
  written: Located<InputType> | undefined,
  issues: Issues,
): Given | undefined {
  const node = path ?? value;
  if (!node) return undefined;
  const given = readScalar(node, issues);
  if (given.kind === "bound") {
    return written && isAsset(written.value) ? { ...given, type: { value: written.value, at: written.at } } : given;
  }
  if (given.kind === "broken" || given.kind === "text") return given;
  if (isAsset(type)) return { kind: "path", node, type };
  if (!path) return given;
  issues.add(path.at, `the input "${name}" of type ${type} has no path`, 'Write "value", or one of the uri_ types.');
  return { kind: "broken" };
}

const hintOfInexact =
  "A whole number beyond 9007199254740991 would become another one. Write it in quotes, to an input of type string.";

/** The literal as a value of the port's type and within its limits; an issue, and undefined, when it is not. */
export function checkLiteral(node: ScalarNode, port: Port, issues: Issues, at: At = node.at): Literal | undefined {
  const value = coerce(node, port.type as ValueType);
  const article = port.type === "integer" ? "an" : "a";
  if (value === undefined) {
    const hint = isExact(asNumber(node.value) ?? 0) ? undefined : hintOfInexact;
    issues.add(at, `the input "${port.name}" must be ${article} ${port.type}, but it is ${describe(node)}`, hint);
    return undefined;
  }
  if (port.enum && !port.enum.includes(value)) {
    issues.add(at, `the input "${port.name}" must be one of ${port.enum.join(", ")}, but it is ${node.text}`);
    return undefined;
  }
  const tooSmall = typeof value === "number" && port.min !== undefined && value < port.min;
  const tooLarge = typeof value === "number" && port.max !== undefined && value > port.max;
  if (tooSmall || tooLarge) {
    const limit = tooSmall ? `at least ${port.min}` : `at most ${port.max}`;
    issues.add(at, `the input "${port.name}" must be ${limit}, but it is ${node.text}`);
    return undefined;
  }
  return value;
}
