import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Problem } from "../contract/errors.ts";

/**
 * Holds the home folder for this process. The operating system lets go of it when the process ends, however it ends:
 * it is an exclusive lock on a small SQLite file, Node having no flock of its own.
 */
export function lockHome(home: string): { release(): void } {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(home, "lock.db"), { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new Problem("conflict", `Another Trainyard server is using ${home}.`, {
      hint: "Use that one (`trainyard status`), stop it (`trainyard down`), or start this one with another --home.",
      cause,
    });
  }
  return { release: () => database.close() };
}
