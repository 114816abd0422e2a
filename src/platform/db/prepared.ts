import { CompiledQuery } from "kysely";
import { isPostgres } from "./dialect.ts";
import type { Db } from "./tables.ts";

/** Stands in a query for a value that is given each time. */
class Parameter {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export interface Prepared<Values, Row> {
  all(db: Db, values: Values): Promise<Row[]>;
  first(db: Db, values: Values): Promise<Row | undefined>;
  /** Gives how many rows it changed. */
  run(db: Db, values: Values): Promise<number>;
}

/**
 * A query that is made and compiled once for each kind of database: for one that every step asks, to build it takes
 * several times as long as SQLite takes to answer. `build` writes `value("name")` where the value of that name belongs.
 */
export function prepared<Values extends object, Row>(
  build: (db: Db, value: <Name extends keyof Values>(name: Name) => Values[Name]) => { compile(): CompiledQuery<Row> },
): Prepared<Values, Row> {
  const known = new Map<boolean, CompiledQuery<Row>>();
  const compiledFor = (db: Db): CompiledQuery<Row> => {
    const kind = isPostgres(db);
    const compiled = known.get(kind) ?? build(db, (name) => new Parameter(String(name)) as never).compile();
    known.set(kind, compiled);
    return compiled;
  };
  const execute = (db: Db, values: Values) => {
    const { sql, parameters } = compiledFor(db);
    const given = parameters.map((one) => (one instanceof Parameter ? values[one.name as keyof Values] : one));
    return db.executeQuery<Row>(CompiledQuery.raw(sql, given));
  };
  return {
    all: async (db, values) => (await execute(db, values)).rows,
    first: async (db, values) => (await execute(db, values)).rows[0],
    run: async (db, values) => Number((await execute(db, values)).numAffectedRows ?? 0n),
  };
}
