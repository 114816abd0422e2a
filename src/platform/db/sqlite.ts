import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import type { Tables } from "./tables.ts";

const statementCacheSize = 500;

/**
 * SQLite in one file: WAL, and `synchronous=FULL` so that what was acknowledged survives a power cut.
 * One writer process: the caller holds the home folder's lock.
 */
export function openSqlite(file: string): Kysely<Tables> {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA mmap_size=2000000000; PRAGMA wal_autocheckpoint=8000;",
  );
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) });
}

/** Kysely's SQLite dialect speaks better-sqlite3's interface; this is the part of it that it uses. */
function adapt(database: DatabaseSync): ConstructorParameters<typeof SqliteDialect>[0]["database"] {
  const cache = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = cache.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    if (cache.size >= statementCacheSize) cache.delete(cache.keys().next().value!);
    cache.set(sql, statement);
    return statement;
  };
  return {
    close: () => {
      cache.clear();
      database.close();
    },
    prepare: (sql) => {
      const statement = prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
    },
  };
}
