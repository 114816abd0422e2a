import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";

/** An in-memory database that reads the files of one folder, spills there, and reaches nothing else. */
export interface Database {
  run(sql: string, values?: DuckDBValue[]): Promise<void>;
  /** All rows, each an array of its values. */
  rows<T extends readonly unknown[]>(sql: string, values?: DuckDBValue[]): Promise<T[]>;
}

export async function openDuckDb(folder: string, memoryMb = 640): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "2",
    memory_limit: `${memoryMb}MiB`,
    temp_directory: join(folder, "spill"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_directories = [${text(folder)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  return {
    run: async (sql, values) => {
      await connection.run(sql, values);
    },
    rows: (sql, values) => readRows(connection, sql, values),
  };
}

async function readRows<T>(connection: DuckDBConnection, sql: string, values?: DuckDBValue[]): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRowsJS() as T[];
}

/** A string literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
