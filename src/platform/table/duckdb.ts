import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { Problem } from "../../contract/errors.ts";

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
    run: (sql, values) => limited(async () => void (await connection.run(sql, values))),
    rows: (sql, values) => limited(() => readRows(connection, sql, values)),
  };
}

async function readRows<T>(connection: DuckDBConnection, sql: string, values?: DuckDBValue[]): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRowsJS() as T[];
}

/** What does not fit into the memory or onto the disk is the data's fault: trying again would not help. */
async function limited<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (!/^out of memory|no space left/i.test(message)) throw error;
    throw new Problem("unprocessable", `The table is too large to be read here: ${message.split("\n")[0]}`, {
      hint: "Split the data, or keep fewer columns.",
    });
  }
}

/** A string literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
