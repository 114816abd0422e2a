import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, copyFile, link, mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "../../contract/client.ts";
import { treePathSchema } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";

/** Blobs that this machine has already, by digest; shared by all steps. */
export interface BlobCache {
  folder: string;
}

/** Time of every cached file: root may write to a read-only one, and this shows it. ZIP knows no time before 1980. */
const untouched = new Date("2000-01-01T00:00:00Z");

/**
 * Lays a tree out as files below `folder`. They are hard links into the cache, read-only: nothing is copied and
 * nobody's step can change what another one reads.
 */
export async function downloadTree(
  client: Client,
  workspace: string,
  tree: string,
  options: { folder: string; cache: BlobCache; writable?: boolean },
): Promise<string[]> {
  const { files } = await client.blob.getTree({ params: { workspace, digest: tree } });
  await mkdir(options.folder, { recursive: true });
  for (const file of files) {
    const target = join(options.folder, treePathSchema.parse(file.path));
    await mkdir(dirname(target), { recursive: true });
    const cached = await fetchBlob(client, workspace, file, options.cache);
    if (options.writable) await copyFile(cached, target).then(() => chmod(target, 0o644));
    else await link(cached, target).catch(() => copyFile(cached, target));
  }
  return files.map((file) => file.path);
}

async function fetchBlob(
  client: Client,
  workspace: string,
  file: { digest: string; size: number },
  cache: BlobCache,
): Promise<string> {
  const path = join(cache.folder, file.digest.slice(0, 2), file.digest.slice(2));
  const known = await stat(path).catch(() => undefined);
  if (known?.size === file.size && (known.mode & 0o222) === 0 && known.mtimeMs === untouched.getTime()) return path;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  try {
    const response = await client.blob.get({ params: { workspace, digest: file.digest } });
    const hash = createHash("sha256");
    const hashing = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const part of source) {
        hash.update(part);
        yield part;
      }
    };
    const body = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream);
    await pipeline(body, hashing, createWriteStream(temporary));
    if (hash.digest("hex") !== file.digest) {
      throw new Problem("unavailable", `Blob ${file.digest} arrived damaged.`, { hint: "It is fetched again." });
    }
    await utimes(temporary, untouched, untouched);
    await chmod(temporary, 0o444);
    await rename(temporary, path);
    return path;
  } finally {
    await rm(temporary, { force: true });
  }
}
