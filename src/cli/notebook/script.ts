import { Problem } from "../../contract/errors.ts";
import { importsOf } from "./imports.ts";
import { type Replaced, replaceCell, replaceLine } from "./magics.ts";
import { type Parameter, parameterOf } from "./parameters.ts";
import type { Cell } from "./read.ts";
import { statementsOf } from "./statements.ts";

/** A notebook as a script with arguments. */
export interface Script {
  text: string;
  parameters: Parameter[];
  /** Modules that it imports. */
  modules: Set<string>;
  /** What its cells installed: `pandas==2.3.3`. */
  requirements: string[];
  /** What the reader should know, each with its cell. */
  notes: string[];
}

/** Turns cells into a script; refuses what would not be the same program. */
export function scriptOf(
  cells: Cell[],
  named: { notebook: string; kindOfPath: (path: string) => "uri_file" | "uri_folder" | undefined },
): Script {
  const writer = new Writer(named.kindOfPath);
  const tagged = cells.filter((cell) => cell.kind === "code" && cell.tags.includes("parameters"));
  if (tagged.length > 1) {
    const numbers = tagged.map(({ number }) => number).join(" and ");
    throw new Problem("invalid", `${named.notebook}: cells ${numbers} are both tagged \`parameters\`.`, {
      hint: "Only one cell can be: put the parameters together.",
    });
  }
  for (const cell of cells) writer.add(cell);
  if (writer.refused.length > 0) {
    throw new Problem("invalid", `${named.notebook} cannot be exported.`, { issues: writer.refused });
  }
  if (tagged.length === 0)
    writer.notes.push("no cell is tagged `parameters`: the script has no arguments but --output");
  if (!writer.parameters.some(({ isOutput }) => isOutput)) {
    writer.notes.push(
      'no parameter is named `output`: what the notebook writes to other folders is not kept. Add `output = "output"` to the parameters and write there',
    );
  }
  const { parameters, modules, requirements, notes } = writer;
  return { text: writer.text(named.notebook), parameters, modules, requirements, notes };
}

class Writer {
  readonly parameters: Parameter[] = [];
  readonly modules = new Set<string>();
  readonly requirements: string[] = [];
  readonly notes: string[] = [];
  readonly refused: { at: string; message: string; hint?: string }[] = [];
  readonly #needs = new Set<string>();
  readonly #parts: string[] = [];
  readonly #kindOfPath: (path: string) => "uri_file" | "uri_folder" | undefined;

  constructor(kindOfPath: (path: string) => "uri_file" | "uri_folder" | undefined) {
    this.#kindOfPath = kindOfPath;
  }

  add(cell: Cell): void {
    if (cell.text.trim() === "") return;
    if (cell.kind !== "code") return void this.#parts.push(comment(cell.text));
    if (cell.tags.includes("injected-parameters")) {
      return this.#note(cell, "the parameters that papermill put in for one run were left out");
    }
    if (!/^\s*%%/.test(cell.text)) return this.#code(cell, cell.text);
    const { body, ...replaced } = replaceCell(cell.text.trimStart());
    this.#take(cell, replaced);
    this.#parts.push(replaced.lines.join("\n"));
    if (body !== undefined) this.#code(cell, body);
  }

  #code(cell: Cell, code: string): void {
    const lines: string[] = [];
    for (const statement of statementsOf(code)) {
      if (statement.kind === "magic") {
        const replaced = replaceLine(statement.text);
        this.#take(cell, replaced);
        if (replaced.note) lines.push(`${/^[ \t]*/.exec(statement.text)![0]}# ${statement.text.trim()}`);
        lines.push(...replaced.lines);
        continue;
      }
      const parameter = cell.tags.includes("parameters") ? parameterOf(statement, this.#kindOfPath) : undefined;
      if (parameter) {
        this.parameters.push(parameter);
        lines.push(`${parameter.name} = _arguments.${parameter.name}`);
        continue;
      }
      this.#python(cell, statement.text);
      lines.push(statement.text);
    }
    this.#parts.push(lines.join("\n").trimEnd());
  }

  #python(cell: Cell, text: string): void {
    for (const module of importsOf(text)) this.modules.add(module);
    const [name] = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)/.exec(text)?.slice(1) ?? [];
    if (cell.tags.includes("parameters") && name) {
      this.#note(cell, `\`${name}\` is no number, text or truth value: it stays as it is and is no argument`);
    }
    if (/^(?:[\w.,[\] ]+=\s*)?await\b|^async (?:for|with)\b/.test(text)) {
      this.#refuse(
        cell,
        "`await` outside of a function",
        "Put it into an `async def` and call that with `asyncio.run`.",
      );
    }
    if (/\bget_ipython\s*\(/.test(text)) {
      this.#refuse(cell, "`get_ipython()` is there in a notebook only", "Take that line out.");
    }
    if (/(^|[^\w.])display\s*\(/.test(text)) this.#needs.add("display");
    if (/(^|[^\w.])input\s*\(/.test(text)) this.#note(cell, "`input()` fails in a job: nobody is there to answer");
  }

  #take(cell: Cell, replaced: Replaced): void {
    if (replaced.refused) this.#refuse(cell, replaced.refused);
    if (replaced.note) this.#note(cell, replaced.note);
    for (const module of replaced.needs ?? []) this.#needs.add(module);
    this.requirements.push(...(replaced.requirements ?? []));
  }

  #note(cell: Cell, text: string): void {
    this.notes.push(`cell ${cell.number}: ${text}`);
  }

  #refuse(cell: Cell, message: string, hint?: string): void {
    this.refused.push({ at: `cell ${cell.number}`, message, hint });
  }

  text(notebook: string): string {
    const needs = ["argparse", ...this.#needs].filter((name) => name !== "display");
    const isBoolean = this.parameters.some(({ type }) => type === "boolean");
    const head = [
      `"""Exported from ${notebook}."""`,
      `${needs
        .sort()
        .map((name) => `import ${name}\n`)
        .join("")}from pathlib import Path`,
      ...(isBoolean ? [booleanFunction] : []),
      ...(this.#needs.has("display") ? [displayFunction] : []),
      argumentsFunction(this.parameters),
      "_arguments = _parse_arguments()",
      ...this.#parts.filter((part) => part !== ""),
    ];
    return `${head.join("\n\n")}\n`;
  }
}

const comment = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `# ${line}`.trimEnd())
    .join("\n");

const booleanFunction = `def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"`;

const displayFunction = `def display(*things: object) -> None:
    print(*things, sep="\\n")`;

/** `test_share` → `--test-share`. */
export const flagOf = (name: string): string => `--${name.startsWith("_") ? name : name.replaceAll("_", "-")}`;

const converters = { number: "float", integer: "int", boolean: "_boolean" } as const;

function argumentsFunction(parameters: Parameter[]): string {
  const lines = parameters.map((one) => {
    const converter = converters[one.type as keyof typeof converters];
    const help = one.description ? `, help=${JSON.stringify(one.description.replaceAll("%", "%%"))}` : "";
    return `    parser.add_argument("${flagOf(one.name)}"${converter ? `, type=${converter}` : ""}, default=${one.python}${help})`;
  });
  const output = parameters.find(({ isOutput }) => isOutput);
  if (!output) lines.push('    parser.add_argument("--output", default="output", help="folder for what it writes")');
  return [
    "def _parse_arguments() -> argparse.Namespace:",
    "    parser = argparse.ArgumentParser(description=__doc__)",
    ...lines,
    "    arguments = parser.parse_args()",
    ...(output?.value === null ? [`    if arguments.${output.name}:`] : []),
    `${output?.value === null ? "    " : ""}    Path(arguments.${output?.name ?? "output"}).mkdir(parents=True, exist_ok=True)`,
    "    return arguments",
  ].join("\n");
}
