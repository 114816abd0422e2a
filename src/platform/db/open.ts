import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Kysely } from "kysely";
import type { Config } from "../config.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import type { Tables } from "./tables.ts";

export type DatabaseKind = "sqlite" | "postgres";

export const databaseKindOf = (config: Pick<Config, "databaseUrl">): DatabaseKind =>
  config.databaseUrl ? "postgres" : "sqlite";

export function openDatabase(config: Pick<Config, "home" | "databaseUrl">): Kysely<Tables> {
  if (config.databaseUrl) return openPostgres(config.databaseUrl);
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  return openSqlite(join(config.home, "trainyard.db"));
}
