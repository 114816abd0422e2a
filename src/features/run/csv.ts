/** A value of a cell: text, or a number, or nothing. */
export type CsvValue = string | number | null | undefined;

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * One cell by RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front, which a
 * spreadsheet shows as text; what is a plain number stays as it is.
 */
function csvCell(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const isFormula = /^[=+\-@\t\r]/.test(value) && !plainNumber.test(value);
  const text = isFormula ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (values: CsvValue[]): string => `${values.map(csvCell).join(",")}\r\n`;
