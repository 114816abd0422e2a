/** Rows and columns, as text to show. */
export interface LoggedTable {
  columns: string[];
  rows: unknown[][];
  /** Which columns are numbers, when their values are texts. */
  numeric?: boolean[];
  /** How many rows there are, when these are the first of them. */
  totalRows?: number;
}

/** The table in a JSON file of `mlflow.log_table`: `{"columns": […], "data": [[…]]}`. Null when it holds none. */
export function tableOfJson(text: string): LoggedTable | null {
  try {
    const value = JSON.parse(text) as { columns?: unknown; data?: unknown };
    const { columns, data } = value ?? {};
    if (!Array.isArray(columns) || !Array.isArray(data) || !data.every(Array.isArray)) return null;
    return { columns: columns.map(String), rows: data as unknown[][] };
  } catch {
    return null;
  }
}

/** The table in a CSV file by RFC 4180; the first line names the columns. */
export function tableOfCsv(text: string, separator = ","): LoggedTable {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === separator) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n") {
      row.push(cell);
      rows.push(row);
      row = [];
      cell = "";
    } else if (sign !== "\r") cell += sign;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  const [columns = [], ...rest] = rows;
  return { columns, rows: rest };
}
