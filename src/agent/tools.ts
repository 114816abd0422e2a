import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { removeUnfinished } from "./finished.ts";

/** Programs that every step finds, after those of its environment and before the machine's. */
export const toolsFolder = (home: string): string => join(home, "tools");

/** The Node that Trainyard itself runs on: it runs steps written in TypeScript as they are, whatever else is installed. */
export async function linkTools(home: string): Promise<void> {
  const folder = toolsFolder(home);
  await removeUnfinished(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await symlink(process.execPath, join(folder, "node"));
}
