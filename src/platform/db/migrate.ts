import { type Kysely, type Migration, Migrator, sql } from "kysely";
import type { Tables } from "./tables.ts";

/** One step of the schema. `name` orders it among all others: `0100-job`. Forward only. */
export interface SchemaStep {
  name: string;
  up(db: Kysely<unknown>): Promise<void>;
}

/** Brings the schema up to date, in one transaction; all servers wait for the first one that does it. */
export async function migrate(db: Kysely<Tables>, steps: SchemaStep[]): Promise<void> {
  const migrations: Record<string, Migration> = Object.fromEntries(steps.map((step) => [step.name, { up: step.up }]));
  // Names order the steps of a new database. One that is there already may be given a step between those that it has.
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (!error) {
    // A table that was just rebuilt has no statistics, and without them it may be read from end to end.
    if (results?.length) await sql`analyze`.execute(db);
    return;
  }
  const failed = results?.find((result) => result.status === "Error")?.migrationName;
  throw new Error(`The database schema could not be brought up to date${failed ? ` (step ${failed})` : ""}.`, {
    cause: error,
  });
}
