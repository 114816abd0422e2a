// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { parseCommand } from "../../contract/command.ts";
import type { Condition } from "../../contract/job.ts";
import type { Literal, ScalarNode } from "./document.ts";
import type { Bound } from "./expression.ts";
import type { At, Issues } from "./issues.ts";
import type { Scope } from "./scope.ts";

/** A condition as it is written, before it is known whether its source exists. */
export interface When extends Omit<Condition, "left"> {
  at: At;
  source: Bound;
}

const example = "Write ${{parent.jobs.<step>.outputs.<output>}} >= 0.9, or ${{parent.inputs.<input>}} == eu.";
const comparison = /^\s*(==|!=|<=|>=|<|>)\s*(\S(?:.*\S)?)\s*$/;

/**
 * `${{parent.jobs.evaluate.outputs.metrics.accuracy}} >= 0.9`: a source, perhaps with the way to a field of a JSON
 * object, and what it is compared with. A source alone must be true.
 */
export function readWhen(node: ScalarNode, issues: Issues): When | undefined {
  const { parts, errors } = parseCommand(node.text.trim());
  const [first, second] = parts;
  const source = first?.kind === "expression" ? sourceOf(first.path) : undefined;
  const rest = second?.kind === "text" ? comparison.exec(second.text) : undefined;
  if (errors.length > 0 || !source || parts.length > 2 || (second && !rest)) {
    issues.add(node.at, `"${node.text}" is not a condition`, example);
    return undefined;
  }
  const operator = (rest?.[1] ?? "==") as Condition["operator"];
  return { at: node.at, ...source, operator, right: rest ? literalOf(rest[2]!) : true };
}

function sourceOf(path: string[]): { source: Bound; field: string[] } | undefined {
  const [parent, kind, name, outputs, output, ...field] = path;
  if (parent !== "parent" || name === undefined) return undefined;
  if (kind === "inputs" && path.length === 3) return { source: { kind: "parentInput", input: name }, field: [] };
  if (kind !== "jobs" || outputs !== "outputs" || output === undefined) return undefined;
  return { source: { kind: "stepOutput", step: name, output }, field };
}

function literalOf(text: string): Literal {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2] ?? "";
  const word = text.toLowerCase();
  if (word === "true" || word === "false") return word === "true";
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** The condition of a definition; undefined, and an issue, when there is no such source. */
export function bindWhen({ source, at, field, operator, right }: When, scope: Scope): Condition | undefined {
  const left = scope.resolve(source, at, undefined);
  return left && { left, field, operator, right };
}
