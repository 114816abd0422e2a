import { createHash, randomUUID } from "node:crypto";
import { constants, createWriteStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "../../contract/client.ts";
import { type TreeFile, treePathSchema } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import { sha256 } from "../digest.ts";
import { type BlobCache, incomingFolder, isSealed, isWhole, type Linked, linkCached, seal } from "./cache.ts";
import { dividePacks, longestPacked, unpack } from "./pack.ts";

/** ZIP knows no time before 1980. */
const untouched = new Date("2000-01-01T00:00:00Z");
const parallel = 16;

/**
 * Lays a tree out as files below `folder`. They are hard links into the cache, or clones where the file system has them,
 * read-only: nothing is copied, and `links` is told of each link. What is `writable` is copied.
 */
export async function downloadTree(
  client: Client,
  workspace: string,
  tree: string,
  options: { folder: string; cache: BlobCache; writable?: boolean; links?: Linked[] },
): Promise<string[]> {
  const { files } = await client.blob.getTree({ params: { workspace, digest: tree } });
  await mkdir(options.folder, { recursive: true });
  const folders = new Set(files.map((file) => dirname(join(options.folder, treePathSchema.parse(file.path)))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const queue = [...files].reverse();
  await fetchSmall(client, workspace, files, options.cache);
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let file = queue.pop(); file; file = queue.pop()) {
        const cached = await fetchBlob(client, workspace, file, options.cache);
        const target = join(options.folder, file.path);
        // The cache has one file for a content, which cannot be a program here and none there.
        if (options.writable || file.executable)
          await copyFile(cached, target, constants.COPYFILE_FICLONE).then(() => chmod(target, modeOf(file, options)));
        else await place(options.cache, { cached, digest: file.digest, target }, options.links);
      }
    }),
  );
  return files.map((file) => file.path);
}

const modeOf = ({ executable }: TreeFile, { writable }: { writable?: boolean }): number =>
  (executable ? 0o555 : 0o444) | (writable ? 0o200 : 0);

async function place(cache: BlobCache, linked: Linked, links: Linked[] | undefined): Promise<void> {
  const { cached, target } = linked;
  // A clone shares the content until somebody writes; a link shares the file.
  if (cache.clones !== false) {
    try {
      await copyFile(cached, target, constants.COPYFILE_FICLONE_FORCE);
      cache.clones = true;
      return;
    } catch {
      cache.clones = false;
    }
  }
  try {
    linkCached(cache, linked);
  } catch {
    // On another file system, or with too many links.
    await copyFile(cached, target);
    return;
  }
  links?.push(linked);
}

/** Fetches what is small and not in the cache, many at a time. */
async function fetchSmall(client: Client, workspace: string, files: TreeFile[], cache: BlobCache): Promise<void> {
  const absent = new Map<string, TreeFile>();
  for (const file of files) if (!existsSync(cachePath(cache, file.digest))) absent.set(file.digest, file);
  const { packs } = dividePacks(absent.values());
  for (const wanted of packs.filter(({ length }) => length > 1)) {
    const digests = wanted.map((file) => file.digest);
    const { body } = await client.blob.getMany({ params: { workspace }, body: { digests } });
    let count = 0;
    for await (const content of unpack(body as unknown as Bytes, longestPacked)) {
      const digest = digests[count++]!;
      if (sha256(content) !== digest) throw damaged(digest);
      await keep(cache, digest, (temporary) => writeFile(temporary, content));
    }
    if (count < digests.length) throw damaged(digests[count]!);
  }
}

async function fetchBlob(
  client: Client,
  workspace: string,
  file: { digest: string; size: number },
  cache: BlobCache,
): Promise<string> {
  const path = cachePath(cache, file.digest);
  if (isSealed(cache, path)) return path;
  // From an earlier life of this program, or somebody has touched it.
  if (existsSync(path)) {
    if (await isWhole(path, file.digest)) {
      await chmod(path, 0o444);
      seal(cache, path);
      return path;
    }
    await rm(path, { force: true });
  }
  return keep(cache, file.digest, async (temporary) => {
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
    if (hash.digest("hex") !== file.digest) throw damaged(file.digest);
  });
}

const cachePath = ({ folder }: BlobCache, digest: string): string => join(folder, digest.slice(0, 2), digest.slice(2));

const damaged = (digest: string): Problem =>
  new Problem("unavailable", `Blob ${digest} arrived damaged.`, { hint: "It is fetched again." });

/** Puts into the cache what `write` writes, when it has ended well. Gives its path. */
async function keep(cache: BlobCache, digest: string, write: (temporary: string) => Promise<void>): Promise<string> {
  const path = cachePath(cache, digest);
  const incoming = incomingFolder(cache);
  await Promise.all([mkdir(dirname(path), { recursive: true }), mkdir(incoming, { recursive: true })]);
  const temporary = join(incoming, randomUUID());
  try {
    await write(temporary);
    await utimes(temporary, untouched, untouched);
    await chmod(temporary, 0o444);
    await rename(temporary, path);
    seal(cache, path);
    return path;
  } finally {
    await rm(temporary, { force: true });
  }
}
