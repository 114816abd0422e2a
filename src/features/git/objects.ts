import type { Readable } from "node:stream";
import type { Git } from "./program.ts";

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

/** Every entry of a tree of git, folders within folders included. */
export async function listEntries(git: Git, repository: string, tree: string): Promise<Entry[]> {
  const listed = await git.run(["ls-tree", "-r", "-z", "-l", tree], { cwd: repository });
  const lines = listed.toString().split("\0").filter(Boolean);
  return lines.map((line): Entry => {
    const [, mode = "", type, object = "", size, path = ""] = /^(\d+) (\w+) (\w+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
    const kind = type === "commit" ? "module" : mode === "120000" ? "link" : "file";
    return { path, kind, object, size: size === "-" ? 0 : Number(size), executable: mode === "100755" };
  });
}

/** The contents of objects, in the order in which they are asked for. */
export async function* readObjects(git: Git, repository: string, objects: string[]): AsyncGenerator<Buffer> {
  const process = git.start(["cat-file", "--batch"], repository);
  const failed = new Promise<never>((_, reject) => process.once("error", reject));
  failed.catch(() => undefined);
  process.stdin!.on("error", () => undefined);
  process.stdin!.end(objects.map((object) => `${object}\n`).join(""));
  const reader = new ByteReader(process.stdout!);
  try {
    for (const object of objects) {
      const header = await Promise.race([reader.line(), failed]);
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
      if (size === undefined) throw new Error(`git has no object ${object}`);
      yield await reader.bytes(Number(size));
      await reader.bytes(1);
    }
  } finally {
    process.kill();
  }
}

/** Reads a stream by lines and by numbers of bytes. */
class ByteReader {
  readonly #parts: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#parts = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async line(): Promise<string> {
    let end = this.#held.indexOf(0x0a);
    while (end < 0) {
      this.#held = Buffer.concat([this.#held, await this.#next()]);
      end = this.#held.indexOf(0x0a);
    }
    const line = this.#held.subarray(0, end).toString();
    this.#held = this.#held.subarray(end + 1);
    return line;
  }

  async bytes(count: number): Promise<Buffer> {
    const parts = [this.#held];
    let held = this.#held.length;
    while (held < count) {
      const part = await this.#next();
      parts.push(part);
      held += part.length;
    }
    const whole = Buffer.concat(parts);
    this.#held = whole.subarray(count);
    return whole.subarray(0, count);
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#parts.next();
    if (done) throw new Error("git ended before it said all");
    return value;
  }
}
