// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { type CommandPart, parseCommand } from "./command.ts";
import { didYouMean } from "./suggest.ts";

/** What the names in a command are checked against. */
export interface CommandScope {
  /** Of the trial of a sweep. */
  parameters?: ReadonlySet<string>;
  inputs: ReadonlyMap<string, { optional: boolean; hasDefault: boolean }>;
  outputs: ReadonlyMap<string, unknown>;
  /** Completes "… is not an input of": `component.yml`, `step train`. */
  owner: string;
}

/** A placeholder that cannot be filled in: `source` is its text, `occurrence` which of those with the same text, from 0. */
export interface CommandProblem {
  source: string;
  occurrence: number;
  message: string;
  hint?: string;
}

/** Every placeholder of a command that cannot be read or filled in. */
export function commandProblems(command: string, scope: CommandScope): CommandProblem[] {
  const { parts, errors } = parseCommand(command);
  const problems: CommandProblem[] = errors.map(({ source, message }) => ({ source, occurrence: 0, message }));
  const seen = new Map<string, number>();
  const check = (part: CommandPart, inGroup: boolean): void => {
    if (part.kind === "optional") for (const inner of part.parts) check(inner, true);
    if (part.kind !== "expression") return;
    const occurrence = seen.get(part.source) ?? 0;
    seen.set(part.source, occurrence + 1);
    const problem = placeholderProblem(part, inGroup, scope);
    if (problem) problems.push({ source: part.source, occurrence, ...problem });
  };
  for (const part of parts) check(part, false);
  return problems;
}

function placeholderProblem(
  part: { path: string[]; source: string },
  inGroup: boolean,
  scope: CommandScope,
): { message: string; hint?: string } | undefined {
  const [kind, name, field] = part.path;
  if (kind === "search_space" && name !== undefined && part.path.length === 2) {
    if (scope.parameters?.has(name)) return undefined;
    const hint = scope.parameters ? didYouMean(name, scope.parameters) : "Only the trial of a sweep has one.";
    return { message: `"${name}" is not a parameter of the search space`, hint };
  }
  if ((kind !== "inputs" && kind !== "outputs") || name === undefined) {
    const hint =
      kind === "parent" ? "Declare an input of the step, bind it to the pipeline, and name it here." : undefined;
    return {
      message: `${part.source} is not available in a command`,
      hint: hint ?? "Write ${{inputs.x}} or ${{outputs.y}}.",
    };
  }
  if (part.path.length > 3 || (field !== undefined && field !== "path"))
    return { message: `${part.source} names a field that ${kind} do not have`, hint: `Write \${{${kind}.${name}}}.` };
  const declared = scope[kind];
  if (!declared.has(name)) {
    return {
      message: `"${name}" is not an ${kind.slice(0, -1)} of ${scope.owner}`,
      hint: didYouMean(name, declared.keys()),
    };
  }
  const input = kind === "inputs" ? scope.inputs.get(name) : undefined;
  if (!input?.optional || input.hasDefault || inGroup) return undefined;
  return {
    message: `the optional input "${name}" is used outside of an optional group`,
    hint: `Write $[[--${name} ${part.source}]], which is dropped when there is no value.`,
  };
}
