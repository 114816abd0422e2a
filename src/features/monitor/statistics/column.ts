/** A value as data assets and recorded requests have it. */
export type Cell = string | number | bigint | boolean | null | undefined;

export type ColumnType = "numerical" | "categorical";

/** Whole numbers with fewer distinct values than this share of the rows name categories. */
const categoricalShare = 0.05;

/** Numbers beyond this count as missing, as infinity does, so that sums of their squares stay finite. */
const largest = 1e140;

/**
 * The type of a column, from its reference sample. Azure ML's rule: numbers are numerical, except whole numbers of which
 * fewer than 5 % are distinct; everything else is categorical. Undefined where there is no value to tell from.
 */
export function columnType(cells: readonly Cell[]): ColumnType | undefined {
  const present = cells.filter((cell) => !isMissing(cell));
  if (present.length === 0) return undefined;
  const numbers = numericalValues(present);
  if (numbers.length < present.length) return "categorical";
  if (!numbers.every(Number.isInteger)) return "numerical";
  return new Set(numbers).size / numbers.length < categoricalShare ? "categorical" : "numerical";
}

/** The numbers of a column: without what is missing, and without text. */
export function numericalValues(cells: readonly Cell[]): number[] {
  return cells.flatMap((cell) => {
    if (isMissing(cell)) return [];
    return typeof cell === "number" || typeof cell === "bigint" ? [Number(cell)] : [];
  });
}

/** The categories of a column as text, without what is missing. */
export function categoricalValues(cells: readonly Cell[]): string[] {
  return cells.flatMap((cell) => (isMissing(cell) ? [] : [String(cell)]));
}

function isMissing(cell: Cell): boolean {
  if (typeof cell === "number") return !(Math.abs(cell) <= largest);
  return cell === null || cell === undefined;
}
