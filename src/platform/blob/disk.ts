import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import type { Failpoint } from "../failpoint.ts";
import type { BlobStore } from "./blob.ts";

/** Blobs as files `ab/cdef…`: written beside, fsynced, renamed, the folder fsynced. */
export async function openDiskBlobs(folder: string, failpoint: Failpoint): Promise<BlobStore> {
  const incoming = join(folder, "incoming");
  // What a crash left half-written has no name and nobody waits for it.
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  let counter = 0;
  const pathOf = (digest: string) => join(folder, digest.slice(0, 2), digest.slice(2));

  const size = async (digest: string) => {
    const found = await stat(pathOf(digest)).catch(() => undefined);
    return found?.size;
  };

  const store: BlobStore = {
    size,
    async put(content, expected) {
      const temporary = join(incoming, `${process.pid}-${++counter}`);
      try {
        const { digest, size: written } = await writeHashed(temporary, content);
        if (expected && digest !== expected) {
          throw new Problem("unprocessable", `The content hashes to ${digest}, not to ${expected}.`, {
            hint: "Send the bytes again; they changed on the way or the file changed while it was read.",
          });
        }
        const target = pathOf(digest);
        // Also over one that is there already: if that one is damaged, this mends it.
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        failpoint("blob.beforeRename");
        await rename(temporary, target);
        await syncFolder(dirname(target));
        failpoint("blob.afterRename");
        return { digest, size: written };
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async read(digest) {
      const found = await size(digest);
      if (found === undefined) throw new Problem("not_found", `There is no blob ${digest}.`);
      return { bytes: verified(createReadStream(pathOf(digest), { highWaterMark: 1 << 20 }), digest), size: found };
    },
    async bytes(digest): Promise<Uint8Array> {
      const { bytes } = await store.read(digest);
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(part);
      return Buffer.concat(parts);
    },
  };
  return store;
}

async function writeHashed(
  path: string,
  content: Bytes | Uint8Array | string,
): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  const file = await open(path, "wx", 0o600);
  try {
    const parts = typeof content === "string" || content instanceof Uint8Array ? [Buffer.from(content)] : content;
    for await (const part of parts) {
      hash.update(part);
      size += part.length;
      await file.writeFile(part);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: hash.digest("hex"), size };
}

async function* verified(stream: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const part of stream) {
    hash.update(part);
    yield part;
  }
  if (hash.digest("hex") !== digest) {
    throw new Problem("internal", `Blob ${digest} is damaged on disk: its content does not hash to its name.`, {
      hint: "Restore it from a backup; until then it is not served.",
    });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Every digest in a folder of blobs; for checks. */
export async function listDiskBlobs(folder: string): Promise<string[]> {
  const groups = (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const lists = await Promise.all(
    groups.map(async (group) => (await readdir(join(folder, group))).map((rest) => group + rest)),
  );
  return lists.flat();
}
