import { dirname } from "node:path";
import { Problem } from "../../contract/errors.ts";
import {
  type ColumnType,
  type Database,
  openDuckDb,
  openTable,
  type Source,
  serveProgram,
  text,
  Unreadable,
} from "../../platform/table/child.ts";
import { type DriftReport, type DriftRule, judgeDrift } from "./drift.ts";
import type { Cell } from "./statistics/column.ts";

export interface CompareRequest {
  reference: Source;
  /** JSON lines of collected rows; those before `since` do not count. */
  production: { path: string; since: number };
  rule: DriftRule;
}

export interface Compared extends DriftReport {
  referenceRows: number;
  productionRows: number;
}

/** More rows than this are sampled (reservoir, with a fixed seed), fewer where many columns are compared. */
const mostRows = 200_000;
const mostCells = 10_000_000;

async function compare({ reference, production, rule }: CompareRequest): Promise<Compared> {
  const db = await openDuckDb(dirname(production.path));
  try {
    const table = await openTable(db, reference);
    const productionRows = await loadProduction(db, production);
    const asked = await inputNames(db);
    const features = rule.features.length > 0 ? rule.features : table.names.filter((name) => asked.has(name));
    const indexes = features.map((name) => table.names.indexOf(name)).filter((index) => index >= 0);
    const { columns } = await table.load(db, "reference", [...new Set(indexes)]);
    const most = Math.min(mostRows, Math.floor(mostCells / Math.max(1, columns.length)));
    const from = await sampled(db, "reference", table.rows, most);
    const to = await sampled(db, "production", productionRows, most);
    const referenceColumns = new Map<string, Cell[]>();
    const productionColumns = new Map<string, Cell[]>();
    for (const { name, id, type } of columns) {
      referenceColumns.set(name, await cells(db, `SELECT ${referenceCell(id, type)} FROM ${from}`));
      productionColumns.set(name, await cells(db, `SELECT ${productionCell(type)} FROM ${to}`, [pointerTo(name)]));
    }
    const report = judgeDrift({ ...rule, features }, referenceColumns, productionColumns);
    const much = [
      ...(table.rows > most ? [`${most} of ${table.rows} reference rows`] : []),
      ...(productionRows > most ? [`${most} of ${productionRows} production rows`] : []),
    ];
    const message = much.length > 0 ? `${report.message} Judged by a sample of ${much.join(" and ")}.` : report.message;
    return { ...report, message, referenceRows: table.rows, productionRows };
  } catch (error) {
    if (error instanceof Unreadable) throw new Problem("unprocessable", error.message);
    throw error;
  }
}

async function loadProduction(db: Database, { path, since }: CompareRequest["production"]): Promise<number> {
  await db.run(
    `CREATE TABLE production AS SELECT inputs FROM read_json(${text(path)}, format = 'newline_delimited',
      columns = {"at": 'BIGINT', "inputs": 'JSON'}) WHERE "at" >= ${Math.floor(since)}`,
  );
  const [[rows] = [0]] = await db.rows<[number]>("SELECT count(*)::DOUBLE FROM production");
  return rows;
}

async function inputNames(db: Database): Promise<Set<string>> {
  const rows = await db.rows<[string]>("SELECT DISTINCT unnest(json_keys(inputs)) FROM production");
  return new Set(rows.map(([name]) => name));
}

async function sampled(db: Database, table: string, rows: number, most: number): Promise<string> {
  if (rows <= most) return table;
  const sample = `${table}_sample`;
  await db.run(`CREATE TABLE ${sample} AS SELECT * FROM ${table} USING SAMPLE reservoir(${most} ROWS) REPEATABLE (1)`);
  return sample;
}

async function cells(db: Database, sql: string, values?: string[]): Promise<Cell[]> {
  return (await db.rows<[Cell]>(sql, values)).map(([cell]) => cell);
}

const isNumeric = (type: ColumnType) => type === "integer" || type === "number";

const referenceCell = (column: string, type: ColumnType) =>
  isNumeric(type) ? `${column}::DOUBLE` : type === "boolean" ? column : `${column}::VARCHAR`;

/** The value of an input as the reference data would have it: a model may be sent 1 for what its data call true. */
function productionCell(type: ColumnType): string {
  const value = "json_extract_string(inputs, $1)";
  if (isNumeric(type)) return `TRY_CAST(${value} AS DOUBLE)`;
  if (type !== "boolean") return value;
  return `CASE WHEN lower(${value}) IN ('true', '1', '1.0') THEN true
               WHEN lower(${value}) IN ('false', '0', '0.0') THEN false END`;
}

/** JSON pointer: any name can be written as one. */
const pointerTo = (name: string) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

serveProgram(compare);
