import pg from "pg";
import { migrate } from "../../src/platform/db/migrate.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import { schemaSteps } from "../../src/server/features.ts";
import { templateVariable, unfinished } from "./global-setup.ts";

let made: Promise<void> | undefined;

/**
 * A PostgreSQL database with all tables, to be copied: that takes a tenth of the time of making them. The first test
 * that needs it makes it; undefined for what is not run by Vitest.
 */
export async function templateOf(server: string): Promise<string | undefined> {
  const name = process.env[templateVariable];
  if (!name) return undefined;
  made ??= make(server, name);
  await made;
  return name;
}

async function make(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    // Tests run in several processes. The lock goes with the connection.
    await client.query("select pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
    if (rowCount) return;
    await client.query(`create database ${unfinished(name)}`);
    const url = new URL(server);
    url.pathname = `/${unfinished(name)}`;
    const db = openDatabase({ home: "", databaseUrl: url.href });
    await migrate(db, schemaSteps).finally(() => db.destroy());
    await client.query(`alter database ${unfinished(name)} rename to ${name}`);
  } finally {
    await client.end();
  }
}
