// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { parseCommand } from "../../contract/command.ts";
import { type CommandScope, commandProblems } from "../../contract/command-scope.ts";
import type { ScalarNode } from "./document.ts";
import type { Issues } from "./issues.ts";

/** What a value of a pipeline can be bound to. */
export type Bound =
  /** `${{parent.inputs.x}}` */
  | { kind: "parentInput"; input: string }
  /** `${{parent.jobs.s.outputs.o}}` */
  | { kind: "stepOutput"; step: string; output: string }
  /** `${{parent.outputs.o}}` */
  | { kind: "parentOutput"; output: string };

export type Binding = Bound | "none" | "wrong";

/** Text and the bindings in it, in their order. */
export type BoundText = (string | Bound)[];

/** Does the text contain an expression at all? */
export const hasExpression = (text: string): boolean => text.includes("${{") || text.includes("$[[");

/** Reads a value that is a binding as a whole; `none` when it is ordinary text, `wrong` (an issue) when it is broken. */
export function readBinding(node: ScalarNode, issues: Issues): Binding {
  const text = readText(node, issues);
  if (text === "none" || text === "wrong") return text;
  const [only] = text;
  if (text.length === 1 && typeof only === "object") return only;
  const hint = "Pass the value as an input of its own and put the text into the command.";
  issues.add(node.at, `"${node.text.trim()}" mixes text and an expression; a binding must be the whole value`, hint);
  return "wrong";
}

/** Reads text in which there are bindings, also several: `${{parent.inputs.model}}-${{parent.inputs.region}}`. */
export function readText(node: ScalarNode, issues: Issues): BoundText | "none" | "wrong" {
  if (typeof node.value !== "string" || !hasExpression(node.value)) return "none";
  const { parts, errors } = parseCommand(node.value.trim());
  for (const error of errors) issues.add(node.locate(error.source, 0), error.message);
  const text: BoundText = [];
  for (const part of parts) {
    const bound = part.kind === "text" ? part.text : part.kind === "expression" ? asBound(part.path) : undefined;
    if (bound !== undefined) text.push(bound);
    else {
      const hint = part.kind === "expression" ? bindingHint(part.path) : "Optional groups belong into a command.";
      issues.add(node.at, `${part.kind === "text" ? part.text : part.source} cannot be bound here`, hint);
    }
  }
  return errors.length > 0 || text.length < parts.length ? "wrong" : text;
}

function asBound(path: string[]): Bound | undefined {
  const [parent, scope, name, port, output] = path;
  if (parent !== "parent" || name === undefined) return undefined;
  if (scope === "inputs" && path.length === 3) return { kind: "parentInput", input: name };
  if (scope === "outputs" && path.length === 3) return { kind: "parentOutput", output: name };
  if (scope === "jobs" && port === "outputs" && path.length === 5)
    return { kind: "stepOutput", step: name, output: output! };
  return undefined;
}

function bindingHint(path: string[]): string {
  const [scope] = path;
  if (scope === "inputs" || scope === "jobs" || scope === "outputs") return `Write \${{parent.${path.join(".")}}}.`;
  return "Write ${{parent.inputs.<input>}} or ${{parent.jobs.<step>.outputs.<output>}}.";
}

/** The name in a value that is `${{inputs.x}}` or `${{outputs.x}}` as a whole; undefined, and an issue, when it is not. */
export function readBindingPath(node: ScalarNode, scope: "inputs" | "outputs", issues: Issues): string | undefined {
  const name = new RegExp(`^\\$\\{\\{\\s*${scope}\\.([A-Za-z_]\\w*)\\s*\\}\\}$`).exec(node.text.trim())?.[1];
  if (name === undefined) issues.add(node.at, `"${node.text}" must be \${{${scope}.<name>}}`);
  return name;
}

/** Reports every placeholder of a command that cannot be filled in. */
export function checkCommand(command: ScalarNode, scope: CommandScope, issues: Issues): void {
  for (const { source, occurrence, message, hint } of commandProblems(command.text, scope))
    issues.add(command.locate(source, occurrence), message, hint);
}

/** Reports what cannot be filled into the value of an environment variable, which knows no optional groups. */
export function checkVariable(variable: ScalarNode, scope: CommandScope, issues: Issues): void {
  checkCommand(variable, scope, issues);
  for (const part of parseCommand(variable.text).parts)
    if (part.kind === "optional") issues.add(variable.at, `the optional group ${part.source} belongs into a command`);
}
