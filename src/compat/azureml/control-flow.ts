// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { type ForeachStep, foreachItemSchema, mostItems } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { StepEntry } from "./component.ts";
import { describe, type MapEntry, type Node, plain } from "./document.ts";
import { type Bound, readBinding } from "./expression.ts";
import { readFields } from "./fields.ts";
import type { At, Issues, Located } from "./issues.ts";
import { readOutput } from "./outputs.ts";
import { ifElseShape, parallelForShape } from "./schema.ts";
import type { LoadedStep } from "./step.ts";
import { readWhen, type When } from "./when.ts";

type Items = Extract<ForeachStep["items"], unknown[]>;

/** A `parallel_for`: a step of the same pipeline, run for each item of a list. */
export interface Loop {
  at: At;
  bodyName: Located<string>;
  /** Filled in when all steps are known. */
  body: LoadedStep | undefined;
  items: Items | { to: Bound; at: At };
  maxConcurrent: number | undefined;
  maxFailures: number | undefined;
}

/** `true_block` is done when the condition holds, `false_block` when it does not; each names a step, or several. */
export function readIfElse(entry: StepEntry, steps: Map<string, LoadedStep | undefined>, issues: Issues): void {
  const fields = readFields(entry.node, `the branch "${entry.name}"`, ifElseShape, issues, ["condition"]);
  const condition = fields.condition && readWhen(fields.condition, issues);
  if (!fields.true_block && !fields.false_block)
    issues.add(entry.at, `the branch "${entry.name}" needs "true_block" or "false_block"`);
  if (!condition) return;
  for (const step of blockOf(fields.true_block, steps, issues)) decide(step, condition, issues);
  const opposite = { ...condition, operator: opposites[condition.operator] };
  for (const step of blockOf(fields.false_block, steps, issues)) decide(step, opposite, issues);
}

const opposites = { "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">" } as const;

function decide(step: LoadedStep, when: When, issues: Issues): void {
  if (step.when) issues.add(step.at, `two conditions decide whether the step "${step.name}" is done`);
  step.when = when;
}

function blockOf(node: Node | undefined, steps: Map<string, LoadedStep | undefined>, issues: Issues): LoadedStep[] {
  const items = node === undefined ? [] : node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    const name = item.kind === "scalar" ? stepReference(item.text) : undefined;
    if (name === undefined)
      issues.add(item.at, `a block must be \${{parent.jobs.<step>}}, but it is ${describe(item)}`);
    else if (!steps.has(name)) issues.add(item.at, `there is no step "${name}"`, didYouMean(name, steps.keys()));
    return (name === undefined ? undefined : steps.get(name)) ?? [];
  });
}

const stepReference = (text: string): string | undefined =>
  /^(?:\$\{\{\s*parent\.jobs\.)?([A-Za-z_][\w-]*)(?:\s*\}\})?$/.exec(text.trim())?.[1];

/** Reads a `parallel_for`. Its outputs are folders with one folder for each item. */
export function readParallelFor(entry: StepEntry, issues: Issues): LoadedStep | undefined {
  const what = `the loop "${entry.name}"`;
  const fields = readFields(entry.node, what, parallelForShape, issues, ["body", "items"]);
  const name = fields.body && stepReference(fields.body.text);
  if (fields.body && name === undefined)
    issues.add(
      fields.body.at,
      `the body of a loop must be \${{parent.jobs.<step>}}, but it is ${describe(fields.body)}`,
    );
  const items = fields.items && readItems(fields.items, issues);
  if (name === undefined || !items) return undefined;
  const outputs = (fields.outputs ?? []).flatMap((output: MapEntry) => readOutput(output, issues) ?? []);
  return {
    name: entry.name,
    at: entry.at,
    displayName: fields.display_name?.value,
    spec: undefined,
    component: undefined,
    inputs: new Map(),
    outputs: new Map(outputs.map((output) => [output.name, output])),
    running: {},
    compute: undefined,
    after: fields.after ?? [],
    when: fields.when && readWhen(fields.when, issues),
    loop: {
      at: entry.at,
      bodyName: { value: name, at: fields.body!.at },
      body: undefined,
      items,
      maxConcurrent: fields.max_concurrency?.value,
      maxFailures: readThreshold(fields.error_threshold),
    },
  };
}

/** As of mini-batches, -1 stands for any number. */
const readThreshold = (threshold: Located<number> | undefined): number | undefined =>
  threshold?.value === -1 ? mostItems : threshold?.value;

/** A list, a mapping whose values are the items, the same as JSON text, or what a binding gives. */
function readItems(node: Node, issues: Issues): Loop["items"] | undefined {
  let value = plain(node);
  if (node.kind === "scalar" && typeof value === "string") {
    const binding = readBinding(node, issues);
    if (binding === "wrong") return undefined;
    if (binding !== "none") return { to: binding, at: node.at };
    try {
      value = JSON.parse(value);
    } catch {
      // Reported as what it is: no list.
    }
  }
  const list = Array.isArray(value)
    ? value
    : typeof value === "object" && value !== null
      ? Object.values(value)
      : undefined;
  const parsed = foreachItemSchema.array().safeParse(list);
  if (parsed.success) return parsed.data;
  const hint = "Write a list of mappings from the inputs of the body to their values.";
  issues.add(node.at, `the items of a loop must be a list, but they are ${describe(node)}`, hint);
  return undefined;
}
