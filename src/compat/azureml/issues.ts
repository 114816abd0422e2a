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
  #list: Issue[] = [];
  #seen = new Set<string>();

  add(at: At, message: string, hint?: string): void {
    const place = printAt(at);
    const key = `${place} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#list.push(hint ? { at: place, message, hint } : { at: place, message });
  }

  get any(): boolean {
    return this.#list.length > 0;
  }

  /** In the order they were found, at most a hundred. */
  list(): Issue[] {
    const rest = this.#list.length - shown;
    if (rest <= 0) return this.#list;
    const last = this.#list[shown]!;
    return [...this.#list.slice(0, shown), { at: last.at, message: `… and ${rest} more issues` }];
  }
}

/** `pipelines/train.yml:12:5`, or `set.inputs.alpha` for an override. */
export function printAt(at: At): string {
  return at.override === undefined ? `${at.file}:${at.line}:${at.column}` : `set.${at.override}`;
}
