import type { ImportSummary } from "../../contract/import.ts";

const kinds = [
  "experiments",
  "runs",
  "params",
  "tags",
  "points",
  "data sets",
  "logged models",
  "files",
  "bytes",
  "models",
  "versions",
  "aliases",
] as const;
export type Kind = (typeof kinds)[number];

export interface Line {
  what: Kind;
  source: number;
  here: number;
  difference: number;
}

/** What there is on either side. */
export class Tally {
  private readonly there = new Map<Kind, number>();
  private readonly here = new Map<Kind, number>();
  /** Things that both sides have and that are not equal. */
  readonly unequal: { subject: string; message: string }[] = [];
  readonly issues: { subject: string; message: string }[] = [];
  /** Runs and logged models that an earlier import had copied. */
  skipped = 0;

  add(kind: Kind, there: number, here: number): void {
    this.there.set(kind, (this.there.get(kind) ?? 0) + there);
    this.here.set(kind, (this.here.get(kind) ?? 0) + here);
  }

  addSummaries(kind: "runs" | "logged models", there: ImportSummary, here: ImportSummary | null): void {
    this.add(kind, 1, here ? 1 : 0);
    const pairs = [
      ["params", "params"],
      ["tags", "tags"],
      ["data sets", "datasets"],
      ["points", "points"],
      ["files", "files"],
      ["bytes", "bytes"],
    ] as const;
    for (const [name, key] of pairs) this.add(name, there[key], here?.[key] ?? 0);
  }

  lines(): Line[] {
    return kinds.map((what) => {
      const [source, here] = [this.there.get(what) ?? 0, this.here.get(what) ?? 0];
      return { what, source, here, difference: here - source };
    });
  }

  get isEqual(): boolean {
    return this.unequal.length === 0 && this.lines().every((line) => line.difference === 0);
  }
}
