import Table from "cli-table3";
import pc from "picocolors";
import { stringify } from "yaml";
import type { GlobalOptions } from "./connection.ts";
import { forTerminal } from "./terminal.ts";

export interface Column<T> {
  title: string;
  of(item: T): string | number | null | undefined;
}

/** Prints rows as a table, or the data itself as JSON or YAML for programs. */
export function printList<T>(options: GlobalOptions, items: T[], columns: Column<T>[], empty: string): void {
  if (options.output !== "table") return printData(options, items);
  if (items.length === 0) return print(pc.dim(empty));
  const table = new Table({
    head: columns.map((column) => pc.bold(column.title.toUpperCase())),
    style: { head: [], border: [], compact: true },
    chars: borderless,
  });
  for (const item of items) table.push(columns.map((column) => String(column.of(item) ?? "")));
  print(table.toString());
}

/** Prints the facts of one thing, a line each; what is not known is left out. */
export function printFacts(
  options: GlobalOptions,
  data: unknown,
  facts: [string, string | number | null | undefined][],
): void {
  if (options.output !== "table") return printData(options, data);
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  const width = Math.max(...known.map(([name]) => name.length));
  for (const [name, value] of known) print(`${pc.dim(name.padEnd(width))}  ${value}`);
}

export function printData(options: GlobalOptions, data: unknown): void {
  print(options.output === "yaml" ? stringify(data).trimEnd() : escapedC1(JSON.stringify(data, null, 2)));
}

/** JSON escapes the control characters of ASCII by itself; terminals heed those above as well. */
const escapedC1 = (json: string): string =>
  json.replace(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);

export const print = (text: string): void => void process.stdout.write(`${forTerminal(text)}\n`);

export const borderless = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

const colours: Record<string, (text: string) => string> = {
  succeeded: pc.green,
  ready: pc.green,
  pass: pc.green,
  passed: pc.green,
  reused: pc.cyan,
  running: pc.blue,
  checking: pc.blue,
  queued: pc.dim,
  waiting: pc.yellow,
  inconclusive: pc.yellow,
  failed: pc.red,
  fail: pc.red,
  refused: pc.red,
  rejected: pc.red,
  cancelled: pc.magenta,
};

export const state = (name: string | null | undefined): string => (colours[name ?? ""] ?? String)(name ?? "");

export const shortDigest = (digest: string | null | undefined): string => digest?.slice(0, 12) ?? "";

export const time = (at: number | null | undefined): string =>
  at ? new Date(at).toISOString().slice(0, 19).replace("T", " ") : "";

export function duration(from: number | null, to: number | null): string {
  if (!from) return "";
  const ms = (to ?? Date.now()) - from;
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** `team=fraud, stage=trial` */
export const tagsText = (tags: Record<string, string>): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
