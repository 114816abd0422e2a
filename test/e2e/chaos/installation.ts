import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createPostgresDatabase } from "../../support/app.ts";
import { createServerProcess, type ServerProcess } from "../../support/server-process.ts";

export interface Installation {
  /** The home of the server is in it, and what else a test puts there. */
  folder: string;
  /** Not started yet. */
  server: ServerProcess;
  databaseUrl: string | undefined;
}

/** A server with a home and a database of its own, which go when the test is over. */
export async function createInstallation(database: "sqlite" | "postgres"): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), "trainyard-chaos-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = database === "postgres" ? await createPostgresDatabase() : undefined;
  if (postgres) onTestFinished(postgres.drop);
  const server = await createServerProcess(join(folder, "home"), postgres?.url);
  onTestFinished(() => server.stop());
  return { folder, server, databaseUrl: postgres?.url };
}
