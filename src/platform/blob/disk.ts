import { createHash } from "node:crypto";
import { createReadStream, existsSync, renameSync, statSync, unlinkSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import { sha256 } from "../digest.ts";
import type { Failpoint } from "../failpoint.ts";
import type { BlobStore } from "./blob.ts";

/** Blobs as files `ab/cdef…`: written beside, renamed, and fsynced with their folder before anybody is told. */
export async function openDiskBlobs(folder: string, failpoint: Failpoint): Promise<BlobStore> {
  const incoming = join(folder, "incoming");
  // What a crash left half-written has no name and nobody waits for it.
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  let counter = 0;
  const recent = new Recent();
  const folders = new Folders();
  const whole = new Whole();
  const pathOf = (digest: string) => join(folder, digest.slice(0, 2), digest.slice(2));

  const size = async (digest: string) => {
    const found = await stat(pathOf(digest)).catch(() => undefined);
    return found?.size;
  };

  /** Fails unless the content hashes to the name. A small one is read at once, a large one in parts. */
  async function readThrough(digest: string, expected: number): Promise<number> {
    if (expected <= writeSize) return (await store.bytes(digest)).length;
    const { bytes, size } = await store.read(digest);
    for await (const _ of bytes);
    return size;
  }

  const store: BlobStore = {
    size,
    async put(content, expected) {
      const temporary = join(incoming, `${process.pid}-${++counter}`);
      const file = await open(temporary, "wx", 0o600);
      let isNamed = false;
      try {
        const { digest, size: written } = await writeHashed(file, content);
        if (expected && digest !== expected) {
          throw new Problem("unprocessable", `The content hashes to ${digest}, not to ${expected}.`, {
            hint: "Send the bytes again; they changed on the way or the file changed while it was read.",
          });
        }
        const target = pathOf(digest);
        await folders.make(dirname(target));
        const place = await open(dirname(target), "r");
        try {
          recent.note(digest);
          // What is there already may be referred to: nothing replaces it that a power cut could still spoil. A new
          // blob is nobody's until this returns, so its content and its name reach the disk together.
          if (existsSync(target)) await file.sync();
          failpoint("blob.beforeRename");
          renameSync(temporary, target);
          isNamed = true;
          await Promise.all([file.sync(), place.sync()]);
          failpoint("blob.afterRename");
          whole.note(digest, await appearanceOf(target));
        } finally {
          await place.close();
        }
        return { digest, size: written };
      } finally {
        await file.close();
        if (!isNamed) await rm(temporary, { force: true });
      }
    },
    async read(digest) {
      const found = await size(digest);
      if (found === undefined) throw absent(digest);
      return { bytes: verified(createReadStream(pathOf(digest), { highWaterMark: 1 << 20 }), digest), size: found };
    },
    async bytes(digest): Promise<Uint8Array> {
      // Not as a stream, which for a small file costs many times what reading it does.
      const content = await readFile(pathOf(digest)).catch((error) => {
        throw error.code === "ENOENT" ? absent(digest) : error;
      });
      if (sha256(content) !== digest) throw damaged(digest);
      return content;
    },
    async verify(digest) {
      const found = await appearanceOf(pathOf(digest));
      if (found && whole.isNoted(digest, found)) return found.size;
      const size = await readThrough(digest, found?.size ?? 0);
      whole.note(digest, found);
      return size;
    },
    async beginning(digest, length) {
      const file = await open(pathOf(digest), "r").catch(() => undefined);
      if (!file) return undefined;
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    async remove(digest, since) {
      const path = pathOf(digest);
      // Nothing may come between the look and the removal: a put notes itself before it renames.
      const found = statSync(path, { throwIfNoEntry: false });
      if (!found || found.mtimeMs >= since || recent.isSince(digest, since)) return undefined;
      unlinkSync(path);
      return found.size;
    },
    async *list() {
      for (const digest of await listDiskBlobs(folder)) {
        const found = await stat(pathOf(digest)).catch(() => undefined);
        if (found) yield { digest, size: found.size, storedAt: found.mtimeMs };
      }
    },
  };
  return store;
}

/** What this process stored lately. One process has the folder, so nobody else stores there. */
class Recent {
  private readonly times = new Map<string, number>();

  note(digest: string): void {
    this.times.delete(digest);
    this.times.set(digest, Date.now());
    for (const [oldest, at] of this.times) {
      if (at > Date.now() - recentMs) break;
      this.times.delete(oldest);
    }
  }

  isSince(digest: string, since: number): boolean {
    return (this.times.get(digest) ?? Number.NEGATIVE_INFINITY) >= since;
  }
}

/** What of a file is another one when somebody has written to it. */
interface Appearance {
  size: number;
  marks: string;
}

async function appearanceOf(path: string): Promise<Appearance | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && { size: Number(found.size), marks: `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` };
}

/** How files looked when their content hashed to their names: of the last `mostNoted` to twice as many. */
class Whole {
  private young = new Map<string, string>();
  private old = new Map<string, string>();

  note(digest: string, found: Appearance | undefined): void {
    if (!found) return;
    if (this.young.size >= mostNoted) [this.old, this.young] = [this.young, new Map()];
    this.young.set(digest, found.marks);
  }

  isNoted(digest: string, { marks }: Appearance): boolean {
    return (this.young.get(digest) ?? this.old.get(digest)) === marks;
  }
}

/** Some 20 MB of memory. */
const mostNoted = 50_000;

/** The folders that blobs are in. Each is made once, and is there after a power cut. */
class Folders {
  private readonly made = new Set<string>();

  async make(folder: string): Promise<void> {
    if (this.made.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const parent = await open(dirname(folder), "r");
    await parent.sync().finally(() => parent.close());
    this.made.add(folder);
  }
}

/** Longer than it takes from storing a blob to noting whose it is. */
const recentMs = 3_600_000;

const writeSize = 1 << 20;
const syncSize = 64 << 20;

/**
 * Hashes while the disk writes what was hashed before; what is written goes to the disk while more arrives and is
 * written, so that little is left to wait for at the end.
 */
async function writeHashed(
  file: FileHandle,
  content: Bytes | Uint8Array | string,
): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  const writes = new Turn();
  const syncs = new Turn();
  try {
    let gathered: Uint8Array[] = [];
    let bytes = 0;
    let unsynced = 0;
    const write = async () => {
      const parts = gathered;
      [gathered, unsynced, bytes] = [[], unsynced + bytes, 0];
      await writes.next(() => writeAll(file, parts));
      if (unsynced < syncSize) return;
      unsynced = 0;
      await syncs.next(() => file.datasync());
    };
    const parts = typeof content === "string" || content instanceof Uint8Array ? [Buffer.from(content)] : content;
    for await (const part of parts) {
      hash.update(part);
      size += part.length;
      bytes += part.length;
      gathered.push(part);
      if (bytes >= writeSize) await write();
    }
    await write();
  } finally {
    // The file is closed after this, whatever became of what was begun.
    await Promise.allSettled([writes.done(), syncs.done()]);
  }
  await writes.done();
  await syncs.done();
  return { digest: hash.digest("hex"), size };
}

/** One piece of work after the other: whoever has the next one waits for the last, not for their own. */
class Turn {
  private last: Promise<void> = Promise.resolve();

  async next(work: () => Promise<void>): Promise<void> {
    await this.last;
    this.last = work();
    // Heard by whoever comes next.
    this.last.catch(() => {});
  }

  done(): Promise<void> {
    return this.last;
  }
}

async function writeAll(file: FileHandle, parts: Uint8Array[]): Promise<void> {
  let rest = parts;
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    // A nearly full disk takes a part of it.
    while (rest.length > 0 && bytesWritten >= rest[0]!.length) {
      bytesWritten -= rest[0]!.length;
      rest = rest.slice(1);
    }
    if (bytesWritten > 0) rest = [rest[0]!.subarray(bytesWritten), ...rest.slice(1)];
  }
}

async function* verified(stream: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const part of stream) {
    hash.update(part);
    yield part;
  }
  if (hash.digest("hex") !== digest) throw damaged(digest);
}

const absent = (digest: string): Problem => new Problem("not_found", `There is no blob ${digest}.`);

const damaged = (digest: string): Problem =>
  new Problem("internal", `Blob ${digest} is damaged on disk: its content does not hash to its name.`, {
    hint: "Restore it from a backup; until then it is not served.",
  });

/** Every digest in a folder of blobs; for checks. */
export async function listDiskBlobs(folder: string): Promise<string[]> {
  const groups = (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const lists = await Promise.all(
    groups.map(async (group) => (await readdir(join(folder, group))).map((rest) => group + rest)),
  );
  return lists.flat();
}
