import { type Database, text } from "./duckdb.ts";
import { columnNames, type OpenTable, reading, type Source } from "./load.ts";
import { countRows, typeTable } from "./text-table.ts";

/** JSON lines: an object a row. What is inside an object or list stays JSON text. */
export async function openJsonLines(db: Database, source: Source): Promise<OpenTable> {
  const file = source.files[0]!;
  const read = `read_json([${source.files.map((each) => text(each.path)).join(", ")}],
    format = 'newline_delimited', maximum_depth = 1, sample_size = -1, union_by_name = true)`;
  const found = await reading(file, () => db.rows<[string]>(`DESCRIBE SELECT * FROM ${read}`));
  const names = columnNames(
    file.name,
    found.map(([name]) => name),
  );
  const table = `${read} AS t(${names.map((_, index) => `c${index}`).join(", ")})`;
  const rows = await reading(file, () => countRows(db, table));
  return {
    names,
    rows,
    async load(into, name, columns) {
      const raw = `${name}_raw`;
      const values = columns.map((column) => `json_extract_string(c${column}, '$') AS c${column}`);
      await reading(file, () => into.run(`CREATE TABLE ${raw} AS SELECT ${values.join(", ")} FROM ${table}`));
      return typeTable(into, { name, raw, names, columns, rows });
    },
  };
}
