import type { SelectQueryBuilder } from "kysely";
import { isPostgres } from "./dialect.ts";
import type { Db, Tables } from "./tables.ts";

/**
 * The rows that the query finds are taken, in its order, until the transaction ends: nobody else changes them. SQLite
 * has one transaction at a time, which needs to take nothing.
 */
export const holding = <T extends keyof Tables, Row>(
  db: Db,
  query: SelectQueryBuilder<Tables, T, Row>,
): SelectQueryBuilder<Tables, T, Row> => (isPostgres(db) ? query.forNoKeyUpdate() : query);
