import { createHash, randomUUID } from "node:crypto";
import { constants, createWriteStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TreeFile, treePathSchema } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import { sha256 } from "../digest.ts";
import { inParallel } from "../parallel.ts";
import { type BlobCache, incomingFolder, isSealed, isWhole, type Linked, linkCached, seal } from "./cache.ts";
import { dividePacks, longestPacked, unpack } from "./pack.ts";
import { ask, type Remote } from "./remote.ts";

/** ZIP knows no time before 1980. */
const untouched = new Date("2000-01-01T00:00:00Z");
const parallel = 16;

interface Options {
  folder: string;
  cache: BlobCache;
  writable?: boolean;
  links?: Linked[];
}

/**
 * Lays a tree out as files below `folder`. They are hard links into the cache, or clones where the file system has them,
 * read-only: nothing is copied, and `links` is told of each link. What is `writable` is copied.
 */
export async function downloadTree(remote: Remote, tree: string, options: Options): Promise<string[]> {
  const { client, workspace, signal } = remote;
  const { files } = await ask(remote, () => client.blob.getTree({ params: { workspace, digest: tree } }, { signal }));
  await mkdir(options.folder, { recursive: true });
  const folders = new Set(files.map((file) => dirname(join(options.folder, treePathSchema.parse(file.path)))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await fetchSmall(remote, files, options.cache);
  await inParallel(parallel, files, async (file) => {
    signal?.throwIfAborted();
    const cached = await fetchBlob(remote, file, options.cache);
    const target = join(options.folder, file.path);
    // The cache has one file for a content, which cannot be a program here and none there.
    if (options.writable || file.executable)
      await copyFile(cached, target, constants.COPYFILE_FICLONE).then(() => chmod(target, modeOf(file, options)));
    else await place(options.cache, { cached, digest: file.digest, target }, options.links);
  });
  return files.map((file) => file.path);
}

const modeOf = ({ executable }: TreeFile, { writable }: { writable?: boolean }): number =>
  (executable ? 0o555 : 0o444) | (writable ? 0o200 : 0);

async function place(cache: BlobCache, linked: Linked, links: Linked[] | undefined): Promise<void> {
  const { cached, digest, target } = linked;
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
  if (!cache.copied.has(digest)) {
    try {
      linkCached(cache, linked);
      links?.push(linked);
      return;
    } catch {
      // On another file system, or with too many links.
    }
  }
  await copyFile(cached, target);
}

/** Fetches what is small and not in the cache, many at a time. */
async function fetchSmall(remote: Remote, files: TreeFile[], cache: BlobCache): Promise<void> {
  const absent = new Map<string, TreeFile>();
  for (const file of files) if (!existsSync(cachePath(cache, file.digest))) absent.set(file.digest, file);
  const { packs } = dividePacks(absent.values());
  for (const wanted of packs.filter(({ length }) => length > 1)) {
    await ask(remote, () => fetchPack(remote, wanted, cache));
  }
}

async function fetchPack({ client, workspace, signal }: Remote, wanted: TreeFile[], cache: BlobCache): Promise<void> {
  const digests = wanted.map((file) => file.digest);
  const { body } = await client.blob.getMany({ params: { workspace }, body: { digests } }, { signal });
  let count = 0;
  for await (const content of unpack(body as unknown as Bytes, longestPacked)) {
    const digest = digests[count++]!;
    if (sha256(content) !== digest) throw damaged(digest);
    await keep(cache, digest, (temporary) => writeFile(temporary, content));
  }
  if (count < digests.length) throw damaged(digests[count]!);
}

async function fetchBlob(remote: Remote, { digest }: TreeFile, cache: BlobCache): Promise<string> {
  const { client, workspace, signal } = remote;
  const path = cachePath(cache, digest);
  if (isSealed(cache, path)) return path;
  // From an earlier life of this program, or somebody has touched it.
  if (existsSync(path)) {
    if (await isWhole(path, digest, signal)) {
      await chmod(path, 0o444);
      seal(cache, path);
      return path;
    }
    await rm(path, { force: true });
  }
  return ask(remote, () =>
    keep(cache, digest, async (temporary) => {
      const response = await client.blob.get({ params: { workspace, digest } }, { signal });
      const hash = createHash("sha256");
      const hashing = async function* (source: AsyncIterable<Uint8Array>) {
        for await (const part of source) {
          hash.update(part);
          yield part;
        }
      };
      const body = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream);
      await pipeline(body, hashing, createWriteStream(temporary), { signal });
      if (hash.digest("hex") !== digest) throw damaged(digest);
    }),
  );
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
