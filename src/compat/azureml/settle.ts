import { literalText } from "../../contract/command.ts";
import { type MapEntry, type MapNode, type Node, type ScalarNode, scalarAt } from "./document.ts";
import { type Bound, readText } from "./expression.ts";
import type { Port } from "./inputs.ts";
import type { Issues } from "./issues.ts";

/** What an input of a pipeline is when its steps are read: a value, nothing, or something that is known later. */
export type Known = ScalarNode | "absent" | "later";
export type KnownInputs = ReadonlyMap<string, Known>;

/**
 * Fields of a step that say how it is run. In Azure ML each of their values may be an input of the pipeline; here they
 * are part of the definition, so that they are settled when the job is submitted.
 */
const settled = [
  ...["resources", "distribution", "limits", "retry_settings", "environment", "environment_variables"],
  ...["mini_batch_size", "partition_keys", "max_concurrency_per_instance", "error_threshold"],
  ...["mini_batch_error_threshold", "logging_level", "max_concurrency", "is_deterministic"],
  ...["search_space", "sampling_algorithm", "objective", "early_termination", "conf"],
];

/** The step with values in place of the inputs of the pipeline that its settings name. */
export function settle(step: MapNode, inputs: KnownInputs, issues: Issues): MapNode {
  const entries = [...step.entries.values()].flatMap((entry): MapEntry[] => {
    if (!settled.includes(entry.name)) return [entry];
    const node = settleNode(entry.node, inputs, issues);
    return node ? [{ ...entry, node }] : [];
  });
  return { ...step, entries: byName(entries) };
}

/** Undefined: the input has no value, and neither has the field. */
function settleNode(node: Node, inputs: KnownInputs, issues: Issues): Node | undefined {
  if (node.kind === "scalar") return settleScalar(node, inputs, issues);
  if (node.kind === "list") {
    return { ...node, items: node.items.flatMap((item) => settleNode(item, inputs, issues) ?? []) };
  }
  const entries = [...node.entries.values()].flatMap((entry) => {
    const value = settleNode(entry.node, inputs, issues);
    return value ? [{ ...entry, node: value }] : [];
  });
  return { ...node, entries: byName(entries) };
}

function settleScalar(node: ScalarNode, inputs: KnownInputs, issues: Issues): ScalarNode | undefined {
  if (!node.text.includes("parent.inputs.")) return node;
  const known = filledIn(node, inputs, issues);
  // An input that there is not: whoever reads the field says what it must be.
  if (known === undefined) return node;
  if (known === "later") {
    const hint = "Give the input its value when the job is submitted; what steps write can be inputs only.";
    issues.add(node.at, `how a step is run is settled when the job is submitted; ${node.text} is not known then`, hint);
  }
  return typeof known === "object" ? known : undefined;
}

/** The text with the values of the inputs in it; undefined when it names one that there is not. */
function filledIn(node: ScalarNode, inputs: KnownInputs, issues: Issues): Known | undefined {
  const parts = readText(node, issues);
  if (parts === "none") return node;
  if (parts === "wrong") return "absent";
  const values: ScalarNode[] = [];
  for (const part of parts) {
    const known = typeof part === "string" ? scalarAt(node.at, part) : knownValue(part, inputs);
    if (typeof known !== "object") return known;
    values.push(known);
  }
  const [only] = values;
  if (values.length === 1 && only) return scalarAt(node.at, only.value ?? "", only.text);
  return scalarAt(node.at, values.map(({ value }) => literalText(value ?? "")).join(""));
}

const knownValue = (bound: Bound, inputs: KnownInputs): Known | undefined =>
  bound.kind === "parentInput" ? inputs.get(bound.input) : "later";

/** What the inputs of a step are, as far as the file says it: those of the pipeline that it is, if it is one. */
export function knownInputs(inputs: Node | undefined, around: KnownInputs, issues: Issues): Map<string, Known> {
  const entries = inputs?.kind === "map" ? [...inputs.entries.values()] : [];
  return new Map(entries.map(({ name, node }) => [name, knownOf(node, around, issues)]));
}

function knownOf(node: Node, around: KnownInputs, issues: Issues): Known {
  if (node.kind === "list") return "later";
  if (node.kind === "map") {
    const field = ["value", "path", "default"].find((name) => node.entries.has(name));
    return field === undefined ? "absent" : knownOf(node.entries.get(field)!.node, around, issues);
  }
  return node.value === null ? "absent" : (filledIn(node, around, issues) ?? "absent");
}

/** The inputs of a component: what a step gives them, else their defaults. */
export function withDefaults(ports: Iterable<Port>, given: KnownInputs): Map<string, Known> {
  return new Map(
    [...ports].map((port) => {
      const value = given.get(port.name) ?? "absent";
      return [port.name, value === "absent" ? (port.default ?? "absent") : value];
    }),
  );
}

const byName = (entries: MapEntry[]): Map<string, MapEntry> => new Map(entries.map((entry) => [entry.name, entry]));
