import { once } from "node:events";
import type { Readable } from "node:stream";
import type { Bytes } from "../../contract/operation.ts";
import { ByteReader, split } from "./byte-reader.ts";
import { type Git, GitFailure } from "./program.ts";

/** One entry of a folder in a repository. */
export interface Entry {
  path: string;
  /** `link`: a symbolic link, whose content is where it leads. `module`: another repository. */
  kind: "file" | "link" | "module";
  object: string;
  size: number;
  /** A file that may be executed. */
  executable: boolean;
}

/**
 * Every entry of a tree of git, folders within folders included; `tooMany` is thrown as soon as there are more than
 * `most`: a few small trees can name each other's files millions of times.
 */
export async function listEntries(
  git: Git,
  { repository, tree }: { repository: string; tree: string },
  { most, tooMany }: { most: number; tooMany: Error },
): Promise<Entry[]> {
  const process = git.start(["ls-tree", "-r", "-z", "-l", tree], repository);
  process.stdin!.end();
  const closed = once(process, "close");
  closed.catch(() => undefined);
  const entries: Entry[] = [];
  try {
    for await (const line of split(process.stdout!, "\0")) {
      if (entries.push(entryOf(line)) > most) throw tooMany;
    }
  } finally {
    process.kill();
  }
  const [code] = await closed;
  if (code !== 0) throw new GitFailure("", new Error("git could not list the files of a commit"));
  return entries;
}

function entryOf(line: string): Entry {
  const [, mode = "", type, object = "", size, path = ""] = /^(\d+) (\w+) (\w+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
  const kind = type === "commit" ? "module" : mode === "120000" ? "link" : "file";
  return { path, kind, object, size: size === "-" ? 0 : Number(size), executable: mode === "100755" };
}

/** The contents of objects, in the order in which they are asked for; each is read before the next one. */
export async function* readObjects(git: Git, repository: string, objects: string[]): AsyncGenerator<Bytes> {
  const process = git.start(["cat-file", "--batch"], repository);
  const failed = new Promise<never>((_, reject) => process.once("error", reject));
  failed.catch(() => undefined);
  process.stdin!.on("error", () => undefined);
  process.stdin!.end(objects.map((object) => `${object}\n`).join(""));
  const reader = new ByteReader(process.stdout as Readable);
  try {
    for (const object of objects) {
      const header = await Promise.race([reader.line(), failed]);
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
      if (size === undefined) throw new Error(`git has no object ${object}`);
      yield reader.take(Number(size));
      await reader.pass();
      await reader.line();
    }
  } finally {
    process.kill();
  }
}
