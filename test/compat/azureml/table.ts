/**
 * How far a file came, in order. `foreign`: not a file of Azure ML. `refused`: one, of a kind or with a feature that
 * is on the documented list. `wrong`: it should be taken and is not. `incomplete`: it names a file that is not in the
 * checkout, or leaves a value open. `planned`: its definition is complete.
 */
const statuses = ["foreign", "refused", "wrong", "incomplete", "planned", "failed", "ran"] as const;
type Status = (typeof statuses)[number];

export interface Row {
  file: string;
  /** `pipeline job`, `data`, `a conda file`. */
  kind: string;
  status: Status;
  /** Why it did not come further. */
  reason?: string;
  /** How long it ran. */
  seconds?: number;
}

export const lineOf = ({ status, kind, file, reason, seconds }: Row): string =>
  [
    status.padEnd(10),
    kind.padEnd(24),
    file,
    ...(seconds === undefined ? [] : [`(${seconds} s)`]),
    ...(reason ? [`— ${reason}`] : []),
  ].join(" ");

/** How many files of each kind came how far; kinds that people write first. */
export function totals(rows: Row[]): string {
  const shown = statuses.filter((status) => rows.some((row) => row.status === status));
  const kinds = [...new Set(rows.map(({ kind }) => kind))].sort();
  const count = (kind: string | undefined, status: Status): number =>
    rows.filter((row) => row.status === status && (kind === undefined || row.kind === kind)).length;
  const line = (title: string, cells: (string | number)[]): string =>
    [title.padEnd(32), ...cells.map((cell) => String(cell).padStart(11))].join("");
  return [
    line("", [...shown]),
    ...kinds.map((kind) =>
      line(
        kind,
        shown.map((status) => count(kind, status)),
      ),
    ),
    line(
      "total",
      shown.map((status) => count(undefined, status)),
    ),
  ].join("\n");
}
