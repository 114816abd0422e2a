import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Per item, by pytest's id: what became of it. */
export type Outcomes = Record<string, string>;

/** Items that are expected to fail, with the reason. */
export type Exceptions = Map<string, string>;

interface Group {
  reason: string;
  items: string[];
}

export const readGroups = (file: string): Group[] => parse(readFileSync(file, "utf8"));

export const readExceptions = (file: string): Exceptions =>
  new Map(readGroups(file).flatMap(({ reason, items }) => items.map((item) => [item, reason] as const)));

interface Report {
  ok: boolean;
  /** Failed and not expected to. */
  unexpected: string[];
  text: string;
}

const kinds = ["passed", "failed", "skipped", "xfailed", "xpassed"];

export function reportOf(outcomes: Outcomes, exceptions: Exceptions, { wholeSuite }: { wholeSuite: boolean }): Report {
  const items = Object.entries(outcomes);
  const failed = items.filter(([, outcome]) => outcome === "failed").map(([item]) => item);
  const unexpected = failed.filter((item) => !exceptions.has(item));
  const expected = failed.filter((item) => exceptions.has(item));
  const wrong = [...exceptions.keys()].filter((item) =>
    outcomes[item] === undefined ? wholeSuite : outcomes[item] !== "failed",
  );
  const files = [...new Set(items.map(([item]) => item.split("::")[0]!))].sort();
  const lines = [
    ...files.map((file) =>
      row(
        file,
        items.filter(([item]) => item.startsWith(`${file}::`)),
      ),
    ),
    row("total", items),
    "",
    `${expected.length} failed as expected, ${unexpected.length} failed unexpectedly.`,
    ...unexpected.map((item) => `  failed: ${item}`),
    ...wrong.map((item) => `  on the list of exceptions, but ${outcomes[item] ?? "not run"}: ${item}`),
  ];
  return { ok: unexpected.length === 0 && wrong.length === 0, unexpected, text: lines.join("\n") };
}

function row(name: string, items: [string, string][]): string {
  const count = (kind: string) => items.filter(([, outcome]) => outcome === kind).length;
  const counts = kinds.filter((kind) => count(kind) > 0).map((kind) => `${count(kind)} ${kind}`);
  return `${name.padEnd(62)} ${String(items.length).padStart(4)} items: ${counts.join(", ")}`;
}
