import type { Issue } from "../../contract/errors.ts";

/** A place in a source file. Lines and columns count from 1. */
export interface At {
  file: string;
  line: number;
  column: number;
  /** Set when the value was not written in the file but given over it: `inputs.alpha`. */
  override?: string;
}

/** A value and where it was written. */
export interface Located<T> {
  value: T;
  at: At;
}

const shown = 100;

/** What of the language is not taken, by name; docs/compat/azureml.md lists it with the reasons. */
export const refusals = [
  "AutoML",
  "prompt flow",
  "fine-tuning",
  "distillation",
  "import",
  "data transfer",
  "data import",
  "do_while",
  "endpoints",
  "monitors",
  "assets of an Azure registry",
  "resources of Azure",
  "git URLs",
  "outputs of other jobs",
  "resource ids",
  "computes elsewhere",
  "Ray",
  "several machines without a distribution",
  "Windows",
  "initialising and finalising steps",
  "early_available",
  "nested fan-out",
  "groups of inputs",
  "placeholders",
  "docker_args",
] as const;
export type Refusal = (typeof refusals)[number];

type Found = Issue & { place: At };

/** `incomplete`: nothing is wrong but that something is missing, a file, a value or a name in the workspace. */
export type Verdict = "fine" | "incomplete" | "refused" | "wrong";

/** Collects every finding, so that a user repairs a file once and not error by error. */
export class Issues {
  readonly #found = new Map<string, Found>();
  readonly #warned = new Map<string, Found>();
  readonly #refused = new Set<Refusal>();
  readonly #kinds = new Set<Exclude<Verdict, "fine">>();

  add(place: At, message: string, hint?: string): void {
    this.#add("wrong", place, message, hint);
  }

  /** What is named is not there, or what is needed is not given. */
  lack(place: At, message: string, hint?: string): void {
    this.#add("incomplete", place, message, hint);
  }

  #add(kind: Exclude<Verdict, "fine">, place: At, message: string, hint?: string): void {
    this.#kinds.add(kind);
    const at = printAt(place);
    const key = `${at} ${message}`;
    if (!this.#found.has(key)) this.#found.set(key, { place, at, message, hint });
  }

  /** Something that is understood and not taken. */
  refuse(place: At, what: Refusal, message: string, hint?: string): void {
    this.#refused.add(what);
    this.#add("refused", place, message, hint);
  }

  /** Something that changes nothing here, though it would in Azure. */
  warn(place: At, message: string, hint?: string): void {
    const at = printAt(place);
    this.#warned.set(`${at} ${message}`, { place, at, message, hint });
  }

  get verdict(): Verdict {
    return (["wrong", "refused", "incomplete"] as const).find((kind) => this.#kinds.has(kind)) ?? "fine";
  }

  get refused(): Refusal[] {
    return [...this.#refused];
  }

  warnings(): Issue[] {
    return inOrder([...this.#warned.values()]);
  }

  get any(): boolean {
    return this.#found.size > 0;
  }

  /** File by file in the order of their lines, at most a hundred. */
  list(): Issue[] {
    return inOrder([...this.#found.values()]);
  }
}

function inOrder(all: Found[]): Issue[] {
  const files = [...new Set(all.map((issue) => issue.place.file))];
  all.sort(
    (left, right) =>
      files.indexOf(left.place.file) - files.indexOf(right.place.file) || byPlace(left.place, right.place),
  );
  const issues = all.slice(0, shown).map(({ at, message, hint }) => (hint ? { at, message, hint } : { at, message }));
  const rest = all.length - shown;
  return rest > 0 ? [...issues, { at: all[shown]!.at, message: `… and ${rest} more issues` }] : issues;
}

function byPlace(left: At, right: At): number {
  const inFile = Number(right.override !== undefined) - Number(left.override !== undefined);
  return inFile || left.line - right.line || left.column - right.column;
}

/** `pipelines/train.yml:12:5`, or `set.inputs.alpha` for an override. */
export function printAt(at: At): string {
  return at.override === undefined ? `${at.file}:${at.line}:${at.column}` : `set.${at.override}`;
}
