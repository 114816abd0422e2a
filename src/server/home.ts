import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isAlive } from "../platform/process/kill.ts";

/** What a running server leaves for programs on the same machine: `server.json` in the home folder. */
const serverFileSchema = z.object({
  pid: z.number(),
  startTime: z.string().nullable(),
  url: z.string(),
  port: z.number(),
  startedAt: z.number(),
});
export type ServerFile = z.output<typeof serverFileSchema>;

/** The first credential, readable by its owner only. */
const credentialsSchema = z.object({ url: z.string(), user: z.string(), token: z.string() });
export type Credentials = z.output<typeof credentialsSchema>;

export const readServerFile = (home: string): ServerFile | undefined =>
  readJson(join(home, "server.json"), serverFileSchema);

export const writeServerFile = (home: string, file: ServerFile): void => writeJson(join(home, "server.json"), file);

export const readCredentials = (home: string): Credentials | undefined =>
  readJson(join(home, "credentials.json"), credentialsSchema);

export const writeCredentials = (home: string, credentials: Credentials): void =>
  writeJson(join(home, "credentials.json"), credentials);

/** The server of a home folder, when it runs. */
export async function findRunningServer(home: string): Promise<ServerFile | undefined> {
  const file = readServerFile(home);
  return file && (await isAlive(file.pid, file.startTime)) ? file : undefined;
}

/** Names this installation among others that share a database. */
export function homeIdOf(home: string): string {
  const path = join(home, "home.json");
  if (!existsSync(path)) writeJson(path, { id: randomUUID().slice(0, 8) });
  return z.object({ id: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))).id;
}

export function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: a reader sees the old or the new content. What a crash left there, the next one takes. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}
