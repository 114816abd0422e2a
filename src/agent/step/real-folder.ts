import { lstat } from "node:fs/promises";
import { join } from "node:path";

/** Is there a folder of these names below `from`, none of them a link? What a step may change may lead anywhere. */
export async function isRealFolder(from: string, ...names: string[]): Promise<boolean> {
  let place = from;
  for (const name of names) {
    place = join(place, name);
    if (!(await lstat(place).catch(() => undefined))?.isDirectory()) return false;
  }
  return true;
}
