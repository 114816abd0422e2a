import { execFile } from "node:child_process";
import { rmdirSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { unmountBelow } from "./mounts.ts";

/**
 * Removes a folder with all that is in it, also where somebody took away the right to; what is mounted in it stays.
 * `bare`: folders in it, the outer ones first, that are likely to be all that there is.
 */
export async function removeFolder(folder: string, { bare }: { bare?: string[] } = {}): Promise<void> {
  await unmountBelow(folder);
  if (bare && removeBare(folder, bare)) return;
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EACCES" || code === "EPERM") {
      await makeWritable(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    } else if (code === "ENAMETOOLONG") {
      // Folders so deep within each other that no path leads to the last: the program goes from one to the next.
      await promisify(execFile)("rm", ["-rf", "--", folder]);
    } else throw error;
  }
}

/** With nothing mounted below, these calls wait for nobody; to look for what is in each folder takes much longer. */
function removeBare(folder: string, bare: string[]): boolean {
  try {
    for (const name of bare.toReversed()) rmdirSync(join(folder, name));
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
