import { stat } from "node:fs/promises";
import { scanCsv } from "./csv-scan.ts";
import { type Database, text } from "./duckdb.ts";
import { type ColumnType, inferTypes, typedValue } from "./types.ts";
import { Unreadable } from "./unreadable.ts";

export type TableFormat = "csv" | "tsv" | "parquet" | "jsonl";

/** Files that are one table together: all of one format, with the same columns. */
export interface Source {
  format: TableFormat;
  /** `path` is where the bytes are; `name` is what people call the file. */
  files: { path: string; name: string }[];
}

/**
 * A table in the database. Its columns are called `c0`, `c1`, … there: names that people chose never become SQL.
 * For text formats, `<name>_raw` has every value as it was written; missing values are null in both.
 */
export interface LoadedTable {
  name: string;
  raw: string | null;
  columns: { name: string; type: ColumnType }[];
  rows: number;
}

export const maxColumns = 10_000;

/** What pandas takes for a missing value too. */
const missingValues = [
  ..."#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|"),
  "",
];

/** Reads files into table `name`. Throws `Unreadable` with the file and line for what is no table. */
export async function loadTable(db: Database, name: string, source: Source): Promise<LoadedTable> {
  if (source.format === "parquet") return loadParquet(db, name, source);
  const raw = `${name}_raw`;
  const load = source.format === "jsonl" ? loadJsonLines : loadCsv;
  const names = await load(db, raw, source);
  const types = await inferTypes(db, raw, names.length);
  const typed = types.map((type, index) => `${typedValue(type, `c${index}`)} AS c${index}`);
  await db.run(`CREATE TABLE ${name} AS SELECT ${typed.join(", ")} FROM ${raw}`);
  return { name, raw, columns: combine(names, types), rows: await countRows(db, raw) };
}

const combine = (names: string[], types: ColumnType[]) => names.map((name, index) => ({ name, type: types[index]! }));

export async function countRows(db: Database, table: string): Promise<number> {
  const [[rows] = [0]] = await db.rows<[number]>(`SELECT count(*)::DOUBLE FROM ${table}`);
  return rows;
}

async function loadCsv(db: Database, table: string, source: Source): Promise<string[]> {
  let names: string[] | undefined;
  let rows = 0;
  for (const file of source.files) {
    const scan = await reading(file, () => scanCsv(file.path, source.format === "tsv" ? "\t" : undefined));
    const found = columnNames(file.name, scan.header);
    names ??= await createRaw(db, table, found);
    requireSame(source, file.name, names, found);
    rows += scan.rows;
    const columns = found.map((_, index) => `'c${index}': 'VARCHAR'`).join(", ");
    await reading(file, async () =>
      db.run(`INSERT INTO ${table} SELECT * FROM read_csv(${text(file.path)}, auto_detect = false, header = true,
        delim = ${text(scan.delimiter)}, quote = '"', escape = '"', columns = {${columns}},
        nullstr = [${missingValues.map(text).join(", ")}], strict_mode = ${!scan.mixedLineEnds},
        max_line_size = 17000000, buffer_size = 34000000)`),
    );
    // Two readers that do not share a line of code agree on what the rows are, or nobody uses the data.
    const read = await countRows(db, table);
    if (read !== rows) throw new Unreadable(`${file.name}: ${scan.rows} rows are there and other ${read} were read.`);
  }
  return names!;
}

async function loadJsonLines(db: Database, table: string, source: Source): Promise<string[]> {
  const read = `read_json([${source.files.map((file) => text(file.path)).join(", ")}],
    format = 'newline_delimited', maximum_depth = 1, sample_size = -1, union_by_name = true)`;
  const [file] = source.files;
  const found = await reading(file!, () => db.rows<[string]>(`DESCRIBE SELECT * FROM ${read}`));
  const names = columnNames(
    file!.name,
    found.map(([name]) => name),
  );
  const values = names.map((_, index) => `json_extract_string(c${index}, '$') AS c${index}`);
  await reading(file!, () =>
    db.run(`CREATE TABLE ${table} AS SELECT ${values.join(", ")} FROM ${read} AS t(${aliases(names)})`),
  );
  return names;
}

async function loadParquet(db: Database, name: string, source: Source): Promise<LoadedTable> {
  let columns: { name: string; type: ColumnType }[] | undefined;
  for (const file of source.files) {
    const read = `read_parquet(${text(file.path)})`;
    const found = await reading(file, () => db.rows<[string, string]>(`DESCRIBE SELECT * FROM ${read}`));
    const names = columnNames(
      file.name,
      found.map(([column]) => column),
    );
    const types = found.map(([, type]) => parquetType(type));
    requireSame(source, file.name, columns?.map((column) => column.name) ?? names, names);
    const values = found.map(([, type], index) => `${parquetValue(type, `c${index}`)} AS c${index}`);
    const select = `SELECT ${values.join(", ")} FROM ${read} AS t(${aliases(names)})`;
    await reading(file, () => db.run(columns ? `INSERT INTO ${name} ${select}` : `CREATE TABLE ${name} AS ${select}`));
    columns ??= combine(names, types);
  }
  return { name, raw: null, columns: columns!, rows: await countRows(db, name) };
}

const aliases = (names: string[]) => names.map((_, index) => `c${index}`).join(", ");

async function createRaw(db: Database, table: string, names: string[]): Promise<string[]> {
  await db.run(`CREATE TABLE ${table} (${names.map((_, index) => `c${index} VARCHAR`).join(", ")})`);
  return names;
}

function columnNames(file: string, header: string[]): string[] {
  if (header.length > maxColumns) {
    throw new Unreadable(`${file}: The table has ${header.length} columns; at most ${maxColumns} are read.`);
  }
  const names = header.map((name, index) => name.trim() || `column${index + 1}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Unreadable(`${file}: Two columns are called "${twice}".`);
  return names;
}

function requireSame(source: Source, file: string, expected: string[], found: string[]): void {
  if (expected.length === found.length && expected.every((name, index) => name === found[index])) return;
  const first = source.files[0]!.name;
  const more = found.find((name) => !expected.includes(name));
  const less = expected.find((name) => !found.includes(name));
  const difference = more ? `has a column "${more}"` : less ? `has no column "${less}"` : "has them in another order";
  throw new Unreadable(`${file} has other columns than ${first}: it ${difference}. Files of one table have the same.`);
}

/** What DuckDB says about a file, with the name that people know instead of where the bytes are. */
async function reading<T>(file: { path: string; name: string }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreadable) throw new Unreadable(`${file.name}: ${error.message}`, error.rows);
    const message = error instanceof Error ? error.message : String(error);
    if (/out of memory/i.test(message)) throw error;
    const size = await stat(file.path).then((found) => found.size);
    const what = size === 0 ? "The file is empty." : message.split("\n")[0]!.replaceAll(file.path, file.name);
    throw new Unreadable(`${file.name}: ${what}`);
  }
}

function parquetType(type: string): ColumnType {
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)) return "integer";
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return "number";
  if (type === "BOOLEAN") return "boolean";
  return /^(TIMESTAMP|DATE)/.test(type) ? "timestamp" : "string";
}

function parquetValue(type: string, column: string): string {
  if (type === "FLOAT" || type === "DOUBLE") return `CASE WHEN isnan(${column}) THEN NULL ELSE ${column}::DOUBLE END`;
  const to = { integer: "DOUBLE", number: "DOUBLE", boolean: "BOOLEAN", timestamp: "TIMESTAMP", string: "VARCHAR" };
  return /^(TINY|SMALL)?INT|^BIGINT|^INTEGER/.test(type) ? `${column}::BIGINT` : `${column}::${to[parquetType(type)]}`;
}
