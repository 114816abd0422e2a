import { readFileSync, writeFileSync } from "node:fs";

export const features = ["area", "rooms", "age", "distance"] as const;
export const target = "price";

/** A row: its features in their order, then the target. */
export type Row = readonly number[];

/** Reads a CSV file and insists on its columns. */
export function readRows(path: string): Row[] {
  const [head = "", ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const columns = head.split(",");
  const wanted = [...features, target].map((name) => {
    const at = columns.indexOf(name);
    if (at < 0) throw new Error(`${path} has no column ${name}; it has ${columns.join(", ")}`);
    return at;
  });
  return lines.map((line) => {
    const cells = line.split(",");
    return wanted.map((at) => Number(cells[at]));
  });
}

export function writeRows(path: string, rows: readonly Row[]): void {
  writeFileSync(path, `${[[...features, target], ...rows].map((row) => row.join(",")).join("\n")}\n`);
}
