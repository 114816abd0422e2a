import type { Kysely, Transaction } from "kysely";

/**
 * Every table. Each feature adds its own by declaration merging in its `schema.ts`, so that queries may join across
 * features while the database layer knows no domain noun. Rules that keep one set of queries true on SQLite and
 * PostgreSQL: times and booleans are integers, JSON is opaque text, no default collation is relied on.
 */
// biome-ignore lint/suspicious/noEmptyInterface: features merge their tables into it
export interface Tables {}

export type Db = Kysely<Tables> | Transaction<Tables>;
