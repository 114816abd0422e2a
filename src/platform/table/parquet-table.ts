import { type Database, text } from "./duckdb.ts";
import { columnNames, type OpenTable, reading, requireSame, type Source } from "./load.ts";
import { countRows } from "./text-table.ts";
import type { ColumnType } from "./types.ts";

export async function openParquet(db: Database, source: Source): Promise<OpenTable> {
  let names: string[] | undefined;
  let types: string[] = [];
  let rows = 0;
  const tables: { file: Source["files"][number]; table: string }[] = [];
  for (const file of source.files) {
    const read = `read_parquet(${text(file.path)})`;
    const found = await reading(file, () => db.rows<[string, string]>(`DESCRIBE SELECT * FROM ${read}`));
    const here = columnNames(
      file.name,
      found.map(([column]) => column),
    );
    names ??= here;
    requireSame(source, file.name, names, here);
    if (types.length === 0) types = found.map(([, type]) => type);
    rows += await reading(file, () => countRows(db, read));
    tables.push({ file, table: `${read} AS t(${names.map((_, index) => `c${index}`).join(", ")})` });
  }
  return {
    names: names!,
    rows,
    async load(into, name, columns) {
      const values = columns.map((column) => `${storedValue(types[column]!, `c${column}`)} AS c${column}`).join(", ");
      for (const [index, { file, table }] of tables.entries()) {
        const start = index === 0 ? `CREATE TABLE ${name} AS` : `INSERT INTO ${name}`;
        await reading(file, () => into.run(`${start} SELECT ${values} FROM ${table}`));
      }
      const loaded = columns.map((column) => ({
        id: `c${column}`,
        name: names![column]!,
        type: columnType(types[column]!),
      }));
      return { name, raw: null, columns: loaded, rows };
    },
  };
}

function columnType(type: string): ColumnType {
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)) return "integer";
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return "number";
  if (type === "BOOLEAN") return "boolean";
  return /^(TIMESTAMP|DATE)/.test(type) ? "timestamp" : "string";
}

const storedAs = { integer: "DOUBLE", number: "DOUBLE", boolean: "BOOLEAN", timestamp: "TIMESTAMP", string: "VARCHAR" };

function storedValue(type: string, column: string): string {
  if (type === "FLOAT" || type === "DOUBLE") return `CASE WHEN isnan(${column}) THEN NULL ELSE ${column}::DOUBLE END`;
  if (/^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type)) return `${column}::BIGINT`;
  return `${column}::${storedAs[columnType(type)]}`;
}
