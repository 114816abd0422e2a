import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import pg from "pg";
import { Problem } from "../../contract/errors.ts";

export type Row = Record<string, unknown>;

export const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));
export const optionalNumber = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value);
export const pairsOf = (rows: Row[], key = "key", value = "value"): [string, string][] =>
  rows.map((row) => [text(row[key]), text(row[value])]);

/** Reads from a database; it cannot write. Placeholders are `?`. */
export interface SqlReader {
  /** Without credentials. */
  address: string;
  rows(query: string, ...values: (string | number)[]): Promise<Row[]>;
  /** Rows in parts, so that a long history does not have to fit into memory. */
  scan(query: string, ...values: (string | number)[]): AsyncIterable<Row[]>;
  /** Names of a table's columns; none when there is no such table. */
  columns(table: string): Promise<Set<string>>;
  close(): Promise<void>;
}

const part = 5000;

export function openSqliteReader(path: string): SqlReader {
  if (!existsSync(path)) {
    throw new Problem("not_found", `There is no database file ${path}.`, {
      hint: "sqlite:///relative/path or sqlite:////absolute/path, as in MLflow's backend store URI.",
    });
  }
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  const rows = async (query: string, ...values: SQLInputValue[]) => database.prepare(query).all(...values) as Row[];
  return {
    address: `sqlite:///${resolve(path)}`,
    rows,
    async *scan(query, ...values) {
      let buffer: Row[] = [];
      for (const row of database.prepare(query).iterate(...values)) {
        buffer.push(row as Row);
        if (buffer.length < part) continue;
        yield buffer;
        buffer = [];
      }
      yield buffer;
    },
    async columns(table) {
      return new Set((await rows("select name from pragma_table_info(?)", table)).map((row) => String(row.name)));
    },
    close: async () => database.close(),
  };
}

const int8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"],
};

export async function openPostgresReader(url: string): Promise<SqlReader> {
  // SQLAlchemy names the driver too: postgresql+psycopg2://
  const connectionString = url.replace(/^postgres(ql)?(\+\w+)?:/, "postgres:");
  const client = new pg.Client({ connectionString, types });
  await client.connect().catch((error: Error) => {
    throw new Problem("unavailable", `The database does not answer: ${error.message}`, { hint: "Check the address." });
  });
  // One snapshot for the whole import, and nothing can be written.
  await client.query("begin transaction isolation level repeatable read read only");
  const numbered = (query: string) => {
    let count = 0;
    return query.replaceAll("?", () => `$${++count}`);
  };
  let cursors = 0;
  const rows = async (query: string, ...values: (string | number)[]) =>
    (await client.query<Row>(numbered(query), values)).rows;
  const address = new URL(connectionString);
  address.username = "";
  address.password = "";
  return {
    address: address.href,
    rows,
    async *scan(query, ...values) {
      const cursor = `import_${++cursors}`;
      await client.query(`declare ${cursor} no scroll cursor for ${numbered(query)}`, values);
      try {
        for (;;) {
          const { rows } = await client.query<Row>(`fetch ${part} from ${cursor}`);
          if (rows.length > 0) yield rows;
          if (rows.length < part) break;
        }
      } finally {
        await client.query(`close ${cursor}`);
      }
    },
    async columns(table) {
      const found = await rows(
        "select column_name from information_schema.columns where table_name = ? and table_schema = any(current_schemas(false))",
        table,
      );
      return new Set(found.map((row) => String(row.column_name)));
    },
    close: () => client.end(),
  };
}
