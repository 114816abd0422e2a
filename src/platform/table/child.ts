/** What a program needs that reads tables in a process of its own. The server never imports this: it loads DuckDB. */
export { type Database, openDuckDb, text } from "./duckdb.ts";
export { type LoadedTable, openTable, type Source } from "./load.ts";
export { serveProgram } from "./program.ts";
export type { ColumnType } from "./types.ts";
export { Unreadable } from "./unreadable.ts";
