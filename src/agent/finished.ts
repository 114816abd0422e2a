import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder } from "../platform/remove.ts";

/** Is what was to be built in a folder there as a whole? */
export const isFinished = (folder: string): boolean => existsSync(join(folder, ".ready"));

export const markFinished = (folder: string): Promise<void> => writeFile(join(folder, ".ready"), "");

/** Removes everything below a folder that was not built to its end. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (!isFinished(path)) await removeFolder(path);
  }
}
