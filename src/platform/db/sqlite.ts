import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Kysely, SqliteAdapter, SqliteDialect } from "kysely";
import type { Tables } from "./tables.ts";

const statementCacheSize = 1000;

/**
 * SQLite in one file: WAL, and `synchronous=FULL` so that what was acknowledged survives a power cut.
 * One writer process: the caller holds the home folder's lock.
 */
export const openSqlite = (file: string): Kysely<Tables> => new Kysely<Tables>({ dialect: sqliteDialect(file) });

export function sqliteDialect(file: string): SqliteDialect {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA mmap_size=2000000000; PRAGMA wal_autocheckpoint=8000;",
  );
  return new TransactionalDialect({ database: adapt(database) });
}

/**
 * SQLite changes its schema in transactions like everything else. Kysely believes that it does not, and would migrate
 * statement by statement: who is killed in the middle of it would be left with half a schema.
 */
class TransactionalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely's SQLite dialect speaks better-sqlite3's interface; this is the part of it that it uses. */
function adapt(database: DatabaseSync): ConstructorParameters<typeof SqliteDialect>[0]["database"] {
  // Whether a statement gives rows is asked at every execution, and takes longer to find out than many take to run.
  const cache = new Map<string, { statement: StatementSync; reader: boolean }>();
  const prepare = (sql: string) => {
    const known = cache.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    if (cache.size >= statementCacheSize) cache.delete(cache.keys().next().value!);
    const prepared = { statement, reader: statement.columns().length > 0 };
    cache.set(sql, prepared);
    return prepared;
  };
  return {
    close: () => {
      cache.clear();
      database.close();
    },
    prepare: (sql) => {
      const { statement, reader } = prepare(sql);
      return {
        reader,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run(parameters) {
          // A full disk ends the transaction by itself: to end it once more would hide why.
          if (sql === "rollback" && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 };
          return statement.run(...(parameters as SQLInputValue[]));
        },
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
    },
  };
}
