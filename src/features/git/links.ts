import { dirname, join } from "node:path/posix";
import type { Bytes } from "../../contract/operation.ts";
import type { Entry } from "./objects.ts";

/** Links in a row that are followed. */
const longestChain = 10;

/**
 * Files with a copy of each in the place of the links that lead to it. Links to what is not in the folder, to folders,
 * and other repositories are left out: a tree of files has no place for them.
 */
export async function followLinks(
  entries: Entry[],
  read: (objects: string[]) => AsyncIterable<Bytes>,
): Promise<{ files: Entry[]; leftOut: string[] }> {
  const targets = await readTargets(
    entries.filter(({ kind, size }) => kind === "link" && size < 4096),
    read,
  );
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const follow = (entry: Entry | undefined, left = longestChain): Entry | undefined => {
    if (entry?.kind === "file") return entry;
    const target = entry && targets.get(entry.path);
    if (!entry || target === undefined || target.startsWith("/") || left === 0) return undefined;
    return follow(byPath.get(join(dirname(entry.path), target)), left - 1);
  };
  const files: Entry[] = [];
  const leftOut: string[] = [];
  for (const entry of entries) {
    const file = follow(entry);
    if (file) files.push({ ...file, path: entry.path });
    else leftOut.push(entry.path);
  }
  return { files, leftOut };
}

async function readTargets(
  links: Entry[],
  read: (objects: string[]) => AsyncIterable<Bytes>,
): Promise<Map<string, string>> {
  const targets = new Map<string, string>();
  if (links.length === 0) return targets;
  let next = 0;
  for await (const content of read(links.map(({ object }) => object))) {
    targets.set(links[next++]!.path, Buffer.concat(await Array.fromAsync(content)).toString());
  }
  return targets;
}
