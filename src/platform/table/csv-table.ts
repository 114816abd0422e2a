import { scanCsv } from "./csv-scan.ts";
import { type Database, text } from "./duckdb.ts";
import { columnNames, type OpenTable, reading, requireSame, type Source } from "./load.ts";
import { countRows, typeTable } from "./text-table.ts";
import { Unreadable } from "./unreadable.ts";

/** What pandas takes for a missing value too. */
const missingValues = [
  ..."#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|"),
  "",
];

type Scanned = Source["files"][number] & Awaited<ReturnType<typeof scanCsv>>;

export async function openCsv(source: Source): Promise<OpenTable> {
  let names: string[] | undefined;
  const files: Scanned[] = [];
  for (const file of source.files) {
    const scan = await reading(file, () => scanCsv(file.path, source.format === "tsv" ? "\t" : undefined));
    const found = columnNames(file.name, scan.header);
    names ??= found;
    requireSame(source, file.name, names, found);
    files.push({ ...file, ...scan });
  }
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { names: names!, rows, load: (db, name, columns) => load(db, name, files, names!, columns) };
}

async function load(db: Database, name: string, files: Scanned[], names: string[], columns: number[]) {
  const raw = `${name}_raw`;
  await db.run(`CREATE TABLE ${raw} (${columns.map((column) => `c${column} VARCHAR`).join(", ")})`);
  const types = names.map((_, index) => `'c${index}': 'VARCHAR'`).join(", ");
  let rows = 0;
  for (const file of files) {
    await reading(file, () =>
      db.run(`INSERT INTO ${raw} SELECT ${columns.map((column) => `c${column}`).join(", ")}
        FROM read_csv(${text(file.path)}, auto_detect = false, header = true,
          delim = ${text(file.delimiter)}, quote = '"', escape = '"', columns = {${types}},
          nullstr = [${missingValues.map(text).join(", ")}], strict_mode = ${!file.mixedLineEnds},
          max_line_size = 17000000, buffer_size = 34000000)`),
    );
    rows += file.rows;
    // Two readers that do not share a line of code agree on what the rows are, or nobody uses the data.
    const read = await countRows(db, raw);
    if (read !== rows) throw new Unreadable(`${file.name}: ${read} rows were read where ${rows} are.`);
  }
  return typeTable(db, { name, raw, names, columns, rows });
}
