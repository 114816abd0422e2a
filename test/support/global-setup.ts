import { randomBytes } from "node:crypto";
import pg from "pg";

/** Names the database of one run of the tests that `template.ts` makes, when a test needs it. */
export const templateVariable = "TRAINYARD_TEST_TEMPLATE";

/** What it is called until it has its tables. */
export const unfinished = (name: string): string => `${name}_unfinished`;

/** Vitest does this before the first test, and what it gives after the last one. */
export default function setUp(): (() => Promise<void>) | undefined {
  const server = process.env.TRAINYARD_TEST_DATABASE_URL;
  if (!server) return undefined;
  const name = `trainyard_template_${randomBytes(6).toString("hex")}`;
  process.env[templateVariable] = name;
  return async () => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    for (const database of [name, unfinished(name)])
      await client.query(`drop database if exists ${database} with (force)`);
    await client.end();
  };
}
