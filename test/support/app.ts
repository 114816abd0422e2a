import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Client, createClient } from "../../src/contract/client.ts";
import type { Role } from "../../src/contract/permissions.ts";
import { createToken, createUser } from "../../src/features/access/index.ts";
import { createWorkspace } from "../../src/features/workspace/index.ts";
import { type Config, readConfig } from "../../src/platform/config.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import { createLog } from "../../src/platform/log.ts";
import { type App, createApp } from "../../src/server/app.ts";
import { templateOf } from "./template.ts";

const postgresUrl = process.env.TRAINYARD_TEST_DATABASE_URL;

/** Every database that tests run on: PostgreSQL too when `TRAINYARD_TEST_DATABASE_URL` names a server. */
export const databases: ("sqlite" | "postgres")[] = postgresUrl ? ["sqlite", "postgres"] : ["sqlite"];

export interface TestApp extends App {
  /** A client with the rights of a role in every workspace; the user has the role's name. */
  as(role: Role): Promise<Client>;
  tokenOf(role: Role): Promise<string>;
  anonymous: Client;
  /** `fetch` into the server, without a port. */
  fetch: typeof globalThis.fetch;
}

/** A server in this process with a home folder and a database of its own. */
export async function createTestApp(options: {
  database: "sqlite" | "postgres";
  loops?: boolean;
  config?: Partial<Config>;
}): Promise<TestApp> {
  const home = await mkdtemp(join(tmpdir(), "trainyard-test-"));
  const database =
    options.database === "postgres" ? await createPostgresDatabase(await templateOf(postgresUrl!)) : undefined;
  const config = readConfig({ home, databaseUrl: database?.url, port: 0, ...options.config }, {});
  const app = await createApp(config, createLog(process.env.TRAINYARD_TEST_LOG ? "debug" : "error"), "test");
  await createWorkspace(app.ctx, { name: "default", description: "" });
  await app.http.ready();
  if (options.loops) app.startLoops();
  const fetch = injectingFetch(app);
  const tokens = new Map<Role, Promise<string>>();
  const tokenOf = (role: Role) => {
    const known = tokens.get(role) ?? makeToken(app, role);
    tokens.set(role, known);
    return known;
  };
  const baseUrl = "http://localhost";
  return {
    ...app,
    fetch,
    tokenOf,
    anonymous: createClient({ baseUrl, fetch }),
    as: async (role) => createClient({ baseUrl, fetch, token: await tokenOf(role) }),
    async stop() {
      await app.stop();
      await database?.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function makeToken(app: App, role: Role): Promise<string> {
  const kind = role === "agent" || role === "serving" ? "service" : "person";
  const user = await createUser(app.ctx, { name: role, kind, role, workspace: "*" });
  return (await createToken(app.ctx, user.id, { description: "test", days: 1 })).token;
}

function injectingFetch(app: App): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input));
    const body = init.body instanceof Uint8Array ? Buffer.from(init.body) : (init.body as string | undefined);
    const response = await app.http.inject({
      method: (init.method ?? "GET") as "GET",
      url: url.pathname + url.search,
      headers: { host: url.host, ...(init.headers as Record<string, string>) },
      payload: body,
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers))
      if (value !== undefined) headers.set(name, String(value));
    const empty = response.statusCode === 204;
    return new Response(empty ? null : new Uint8Array(response.rawPayload), { status: response.statusCode, headers });
  };
}

/** An empty database, or a copy of another one. */
export async function createPostgresDatabase(template?: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `trainyard_${randomBytes(6).toString("hex")}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`create database ${name}${template ? ` template ${template}` : ""}`);
  const url = new URL(postgresUrl!);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database if exists ${name} with (force)`) };
}

/** A database without tables. */
export async function emptyDatabase(kind: (typeof databases)[number]) {
  const home = await mkdtemp(join(tmpdir(), "trainyard-test-"));
  const database = kind === "postgres" ? await createPostgresDatabase() : undefined;
  const db = openDatabase({ home, databaseUrl: database?.url });
  const drop = async () => {
    await db.destroy();
    await database?.drop();
    await rm(home, { recursive: true, force: true });
  };
  return { db, drop };
}
