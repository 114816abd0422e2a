import { createHash } from "node:crypto";
import { type BigIntStats, createReadStream, linkSync, lstatSync, rmSync, unlinkSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * Blobs that this machine has already, by digest; shared by all steps, whose inputs are hard links to them. Whoever
 * may read such a file as the agent's user may also write to it, whatever its mode says; so each is remembered as it
 * was left. The kernel notes every change of a file in its ctime, which no program can set.
 */
export interface BlobCache {
  folder: string;
  /** By path of the cached file: its identity when it was last known to be whole. */
  known: Map<string, string>;
  /** The links that lead to a cached file now. */
  links: Map<string, Set<string>>;
  /** Whether its file system makes clones; undefined until it was tried. */
  clones?: boolean;
}

/** A cached file, and a link to it that a step has. */
export interface Linked {
  cached: string;
  digest: string;
  target: string;
}

const caches = new Map<string, BlobCache>();

/** The cache of a folder: one in a process, since it remembers. */
export function openBlobCache(folder: string): BlobCache {
  const open: BlobCache = caches.get(folder) ?? { folder, known: new Map(), links: new Map() };
  caches.set(folder, open);
  return open;
}

/** Where a cache keeps what is on its way, until it is whole. */
export const incomingFolder = ({ folder }: Pick<BlobCache, "folder">): string => join(folder, "incoming");

/** Takes away what programs that were killed left half-fetched in the caches below a folder, which nobody uses now. */
export async function removeIncoming(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    await rm(incomingFolder({ folder: join(folder, name) }), { recursive: true, force: true });
  }
}

const look = (path: string): BigIntStats | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false });
const identityOf = ({ ino, size, ctimeNs }: BigIntStats): string => `${ino} ${size} ${ctimeNs}`;

/** Remembers a file that was just seen to be whole. */
export function seal(cache: BlobCache, path: string): void {
  const found = look(path);
  if (found) cache.known.set(path, identityOf(found));
}

/** Is it as it was left? `path` is the cached file or a link to it. */
export function isSealed(cache: BlobCache, cached: string, path = cached): boolean {
  const found = look(path);
  return found !== undefined && cache.known.get(cached) === identityOf(found);
}

/** Has the file this content? Reads all of it. */
export async function isWhole(path: string, digest: string): Promise<boolean> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex") === digest;
}

/** Links and unlinks change the ctime themselves: what was sealed before is sealed again, with nothing in between. */
function keepingSeal(cache: BlobCache, cached: string, change: () => void): void {
  const wasSealed = isSealed(cache, cached);
  change();
  if (wasSealed) seal(cache, cached);
}

export function linkCached(cache: BlobCache, { cached, target }: Linked): void {
  keepingSeal(cache, cached, () => linkSync(cached, target));
  const links = cache.links.get(cached) ?? new Set();
  cache.links.set(cached, links.add(target));
}

/**
 * Takes the links of a step that has ended away. Gives those whose content was changed while it ran: by it, or by another
 * step that had a link to the same file (`shared`). What was changed is dropped from the cache.
 */
export async function releaseLinks(cache: BlobCache, linked: Linked[]): Promise<{ target: string; shared: boolean }[]> {
  const changed: { target: string; shared: boolean }[] = [];
  for (const { cached, digest, target } of linked) {
    const links = cache.links.get(cached);
    if (look(target) && !isSealed(cache, cached, target) && !(await isWhole(target, digest).catch(() => false))) {
      changed.push({ target, shared: (links?.size ?? 0) > 1 });
      if (look(cached)?.ino === look(target)?.ino) rmSync(cached, { force: true });
    }
    links?.delete(target);
    if (links?.size === 0) cache.links.delete(cached);
    if (look(target)?.isFile()) keepingSeal(cache, cached, () => unlinkSync(target));
  }
  return changed;
}
