import { execFile } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Takes away what is mounted at or below a folder, the innermost first. To remove the folder with a mount in it would
 * remove what the mount shows: somebody's data.
 */
export async function unmountBelow(folder: string): Promise<void> {
  for (const place of mountsBelow(folder)) {
    // What a process of another user mounted by FUSE, only its own program may take away.
    await run("umount", ["--lazy", "--", place]).catch(() => run("fusermount", ["-uz", "--", place]));
  }
}

/** What is mounted at or below a folder, the innermost first. Linux; elsewhere nothing is found. */
export function mountsBelow(folder: string): string[] {
  try {
    const root = realpathSync.native(folder);
    // The kernel has this list at hand: it keeps nobody waiting.
    return placesOf(readFileSync("/proc/self/mountinfo", "latin1"))
      .filter((place) => isAtOrBelow(place, root))
      .reverse();
  } catch {
    return [];
  }
}

const isAtOrBelow = (place: string, root: string): boolean => place === root || place.startsWith(`${root}/`);

/** Where the kernel's list says that something is mounted, in the order in which it was. */
const placesOf = (mountinfo: string): string[] =>
  mountinfo
    .split("\n")
    .map((line) => line.split(" ")[4])
    .filter((place) => place !== undefined)
    .map((place) => Buffer.from(unescaped(place), "latin1").toString());

/** A blank is written `\040`. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
