import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Tables } from "./tables.ts";

const int8 = 20;

/** Times are 64-bit integers in milliseconds, which doubles hold exactly. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"],
};

export function openPostgres(url: string): Kysely<Tables> {
  const pool = new pg.Pool({ connectionString: url, max: 10, types });
  // Compiling takes 100 to 200 ms of a search that takes 10: the planner does not know how few facts a key has.
  pool.on("connect", (client) => void client.query("set jit = off").catch(() => {}));
  // An idle connection that the database drops is replaced at the next query; unheard, the error would end the process.
  pool.on("error", () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
