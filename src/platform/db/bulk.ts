import { CompiledQuery } from "kysely";
import { isPostgres } from "./dialect.ts";
import type { Db } from "./tables.ts";

type ColumnType = "text" | "bigint" | "integer" | "double precision";

/** Rows per statement on SQLite: few different texts, so that each is prepared once. Most calls have one to four rows. */
const chunks = [128, 16, 4, 2, 1];

/**
 * Inserts many rows with statements whose text does not depend on how many there are: arrays on PostgreSQL, a few
 * sizes of `values` on SQLite. Much cheaper than building one statement per call. Gives the number of rows written.
 *
 * `conflict` is what follows `on conflict`; with `refuse`, a row that is there already fails the statement.
 */
export function bulkInsert<Row extends object>(
  table: string,
  columns: { [Name in keyof Row]: ColumnType },
  conflict: string,
): (db: Db, rows: readonly Row[]) => Promise<number> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const into = `insert into ${table} (${names.join(", ")})`;
  const arrays = names.map((name, index) => `$${index + 1}::${columns[name]}[]`).join(", ");
  const end = conflict === "refuse" ? "" : ` on conflict ${conflict}`;
  const ofArrays = `${into} select * from unnest(${arrays})${end}`;
  const marks = `(${names.map(() => "?").join(", ")})`;
  const ofValues = new Map(
    chunks.map((size) => [size, `${into} values ${Array.from({ length: size }, () => marks).join(", ")}${end}`]),
  );
  const run = async (db: Db, text: string, parameters: unknown[]) =>
    Number((await db.executeQuery(CompiledQuery.raw(text, parameters))).numAffectedRows ?? 0n);

  return async (db, rows) => {
    if (rows.length === 0) return 0;
    if (isPostgres(db)) {
      return run(
        db,
        ofArrays,
        names.map((name) => rows.map((row) => row[name])),
      );
    }
    let written = 0;
    for (let from = 0; from < rows.length; ) {
      const size = chunks.find((size) => size <= rows.length - from)!;
      const parameters = rows.slice(from, from + size).flatMap((row) => names.map((name) => row[name]));
      written += await run(db, ofValues.get(size)!, parameters);
      from += size;
    }
    return written;
  };
}
