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

/** Collects every finding, so that a user repairs a file once and not error by error. */
export class Issues {
  readonly #found = new Map<string, Issue & { place: At }>();

  add(place: At, message: string, hint?: string): void {
    const at = printAt(place);
    const key = `${at} ${message}`;
    if (!this.#found.has(key)) this.#found.set(key, { place, at, message, hint });
  }

  get any(): boolean {
    return this.#found.size > 0;
  }

  /** File by file in the order of their lines, at most a hundred. */
  list(): Issue[] {
    const all = [...this.#found.values()];
    const files = [...new Set(all.map((issue) => issue.place.file))];
    all.sort(
      (left, right) =>
        files.indexOf(left.place.file) - files.indexOf(right.place.file) || byPlace(left.place, right.place),
    );
    const issues = all.slice(0, shown).map(({ at, message, hint }) => (hint ? { at, message, hint } : { at, message }));
    const rest = all.length - shown;
    return rest > 0 ? [...issues, { at: all[shown]!.at, message: `… and ${rest} more issues` }] : issues;
  }
}

function byPlace(left: At, right: At): number {
  const inFile = Number(right.override !== undefined) - Number(left.override !== undefined);
  return inFile || left.line - right.line || left.column - right.column;
}

/** `pipelines/train.yml:12:5`, or `set.inputs.alpha` for an override. */
export function printAt(at: At): string {
  return at.override === undefined ? `${at.file}:${at.line}:${at.column}` : `set.${at.override}`;
}
