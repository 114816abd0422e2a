// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { Problem } from "./errors.ts";
import { isPlain, placeAtEnd, variableAt } from "./shell-place.ts";

/** One piece of a command: plain text, `${{ a.b }}`, or a group `$[[ … ]]` that is dropped when an input in it is absent. */
export type CommandPart =
  | { kind: "text"; text: string }
  | { kind: "expression"; path: string[]; source: string; offset: number }
  | { kind: "optional"; parts: CommandPart[]; source: string; offset: number };

/** A place in a command that cannot be understood. `source` is the text there. */
export interface CommandError {
  message: string;
  source: string;
  offset: number;
}

const expressionPath = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/;

/** Splits a command into its parts. Everything outside `${{ }}` and `$[[ ]]` is text, shell variables too. */
export function parseCommand(command: string): { parts: CommandPart[]; errors: CommandError[] } {
  const errors: CommandError[] = [];
  return { parts: parseParts(command, 0, true, errors), errors };
}

function parseParts(text: string, base: number, groups: boolean, errors: CommandError[]): CommandPart[] {
  const parts: CommandPart[] = [];
  let from = 0;
  while (from < text.length) {
    const start = nextOpening(text, from);
    if (start > from) parts.push({ kind: "text", text: text.slice(from, start) });
    if (start === text.length) break;
    const isGroup = text[start + 1] === "[";
    if (isGroup && !groups) {
      errors.push({
        message: 'an optional group "$[[ ]]" cannot be inside another one',
        source: "$[[",
        offset: base + start,
      });
      break;
    }
    const end = isGroup ? groupEnd(text, start) : text.indexOf("}}", start);
    if (end < 0) {
      const source = text.slice(start, start + 3);
      errors.push({ message: `"${source}" is never closed`, source, offset: base + start });
      break;
    }
    const source = text.slice(start, end + 2);
    const inner = text.slice(start + 3, end);
    const offset = base + start;
    if (!isGroup) parts.push(...parseExpression(inner, source, offset, errors));
    else parts.push({ kind: "optional", parts: parseParts(inner, offset + 3, false, errors), source, offset });
    from = end + 2;
  }
  return parts;
}

function nextOpening(text: string, from: number): number {
  const found = [text.indexOf("${{", from), text.indexOf("$[[", from)].filter((at) => at >= 0);
  return found.length === 0 ? text.length : Math.min(...found);
}

function groupEnd(text: string, start: number): number {
  let at = start + 3;
  while (at < text.length) {
    if (text.startsWith("${{", at)) {
      const close = text.indexOf("}}", at);
      if (close < 0) return -1;
      at = close + 2;
    } else if (text.startsWith("]]", at)) return at;
    else at++;
  }
  return -1;
}

function parseExpression(inner: string, source: string, offset: number, errors: CommandError[]): CommandPart[] {
  const body = inner.trim();
  if (expressionPath.test(body)) return [{ kind: "expression", path: body.split("."), source, offset }];
  errors.push({ message: `"${source}" is not a reference such as \${{inputs.name}}`, source, offset });
  return [];
}

/** A literal as it appears in a command. Booleans read `True` and `False`, as Azure ML writes them. */
export function literalText(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

/** A literal that was not written with the command that it goes to. */
export const givenLiteral = (value: string | number | boolean) => ({
  from: "literal" as const,
  value,
  ...(isPlain(literalText(value)) ? {} : { given: true as const }),
});

/** What to fill into a command. An input that is present with `undefined` is an optional one without a value. */
export interface CommandValues {
  inputs: Record<string, string | undefined>;
  outputs: Record<string, string>;
  /** Inputs whose values were not written by who wrote the command. */
  given?: ReadonlySet<string>;
}

/** A command for a shell, and the variables that it is run with. */
export interface RenderedCommand {
  command: string;
  variables: Record<string, string>;
}

/**
 * Fills in `${{inputs.x}}` and `${{outputs.y}}` (`${{inputs.x.path}}` means the same) and drops every `$[[ … ]]` that
 * names an input without a value. Values are inserted as they are, not quoted: the command is shell text in which its
 * author already placed the quotes. Values that are not the author's (`given`) and paths come as variables, unless they are
 * plain, so that they stay one word whatever is in them.
 *
 * @throws Problem `invalid` for a name that was not declared, or an absent input outside a `$[[ ]]`.
 */
export function renderCommand(command: string, values: CommandValues): RenderedCommand {
  const { parts, errors } = parseCommand(command);
  if (errors[0]) throw new Problem("invalid", `The command cannot be read: ${errors[0].message}.`);
  const rendered: RenderedCommand = { command: "", variables: {} };
  for (const part of parts) renderPart(rendered, part, values);
  return rendered;
}

/** The same names in text that no shell reads, such as an environment variable. A name without a value stays as it is. */
export function fillText(
  text: string,
  fill: (scope: "inputs" | "outputs", name: string) => string | undefined,
): string {
  const named = /\$\{\{\s*(inputs|outputs)\.([A-Za-z_]\w*)(?:\.path)?\s*\}\}/g;
  return text.replace(named, (source, scope: "inputs" | "outputs", name: string) => fill(scope, name) ?? source);
}

function renderPart(rendered: RenderedCommand, part: CommandPart, values: CommandValues): void {
  if (part.kind === "text") rendered.command += part.text;
  else if (part.kind === "optional") {
    const absent = part.parts.some((inner) => inner.kind === "expression" && lookUp(inner, values) === undefined);
    if (!absent) for (const inner of part.parts) renderPart(rendered, inner, values);
  } else {
    const value = lookUp(part, values);
    if (value === undefined) {
      throw new Problem("invalid", `${part.source} has no value.`, {
        hint: "Put the argument of an optional input into $[[ ]], so that it is dropped when there is no value.",
      });
    }
    const isAuthors = part.path[0] === "inputs" && !values.given?.has(part.path[1]!);
    rendered.command += isAuthors || isPlain(value) ? value : asVariable(rendered, part.source, value);
  }
}

function asVariable({ command, variables }: RenderedCommand, source: string, value: string): string {
  const name = `TRAINYARD_VALUE_${Object.keys(variables).length + 1}`;
  const place = placeAtEnd(command);
  const text = variableAt(place, name);
  if (text === undefined) throw place === "computed" ? isComputed(source) : isLiteral(source);
  variables[name] = value;
  return text;
}

const isComputed = (source: string): Problem =>
  new Problem("invalid", `The value of ${source} cannot be put into (( … )) or [[ … ]]: bash would compute with it.`, {
    hint: 'Write [ … ], as in [ "$x" = yes ]; for arithmetic, give the input the type integer or number.',
  });

const isLiteral = (source: string): Problem =>
  new Problem("invalid", `The value of ${source} cannot be put into a document in which nothing is expanded.`, {
    hint: "Write the end of the document without quotes: <<EOF rather than <<'EOF'.",
  });

function lookUp(part: { path: string[]; source: string }, values: CommandValues): string | undefined {
  const [scope, name, field] = part.path;
  const known = scope === "inputs" ? values.inputs : scope === "outputs" ? values.outputs : undefined;
  if (!known) {
    const hint =
      scope === "search_space"
        ? "Parameters of a sweep are there in the command of its trial only."
        : "A command can name ${{inputs.x}} and ${{outputs.y}}.";
    throw new Problem("invalid", `${part.source} is not available in a command.`, { hint });
  }
  const tooDeep = part.path.length > 3 || (field !== undefined && field !== "path");
  if (name === undefined || tooDeep || !Object.hasOwn(known, name)) {
    throw new Problem("invalid", `${part.source} names no declared ${scope === "inputs" ? "input" : "output"}.`);
  }
  return known[name];
}

/** The command of a sweep's trial that takes parameters as inputs: it takes them from the search space instead. */
export function asParameters(command: string, parameters: Iterable<string>): string {
  const names = new Set(parameters);
  return command.replace(/\$\{\{\s*inputs\.(\w+)\s*\}\}/g, (whole, name: string) =>
    names.has(name) ? `\${{search_space.${name}}}` : whole,
  );
}
