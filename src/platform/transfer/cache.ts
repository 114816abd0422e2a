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
  /** By path of the cached file: the links that steps have to it now. */
  links: Map<string, Set<Linked>>;
  /** Digests of what a step has changed: steps have copies of these, or they could spoil each other's for ever. */
  copied: Set<string>;
  /** Whether its file system makes clones; undefined until it was tried. */
  clones?: boolean;
}

/** A cached file, and a link to it that a step has. */
export interface Linked {
  cached: string;
  digest: string;
  target: string;
  inode?: bigint;
  /** Somebody changed the file while more than one step had a link to it: this one may have read what was never stored. */
  isSpoilt?: boolean;
}

/** The cache of a folder, of which there may be one: it remembers. */
export const openBlobCache = (folder: string): BlobCache => ({
  folder,
  known: new Map(),
  links: new Map(),
  copied: new Set(),
});

/** The caches of workspaces, in folders of their names. */
export type BlobCaches = (workspace: string) => BlobCache;

export function openBlobCaches(folder: string): BlobCaches {
  const open = new Map<string, BlobCache>();
  return (workspace) => {
    const cache = open.get(workspace) ?? openBlobCache(join(folder, workspace));
    open.set(workspace, cache);
    return cache;
  };
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
export function seal(cache: BlobCache, path: string): BigIntStats | undefined {
  const found = look(path);
  if (found) cache.known.set(path, identityOf(found));
  return found;
}

/** Is it as it was left? */
export const isSealed = (cache: BlobCache, cached: string): boolean => isAsLeft(cache, cached, look(cached));

const isAsLeft = (cache: BlobCache, cached: string, found: BigIntStats | undefined): boolean =>
  found !== undefined && cache.known.get(cached) === identityOf(found);

/** Has the file this content? Reads all of it. */
export async function isWhole(path: string, digest: string, signal?: AbortSignal): Promise<boolean> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest("hex") === digest;
}

/** Links and unlinks change the ctime themselves: what was sealed before is sealed again, with nothing in between. */
function keepingSeal(cache: BlobCache, cached: string, change: () => void): BigIntStats | undefined {
  const wasSealed = isSealed(cache, cached);
  change();
  return wasSealed ? seal(cache, cached) : look(cached);
}

export function linkCached(cache: BlobCache, linked: Linked): void {
  const { cached, target } = linked;
  linked.inode = keepingSeal(cache, cached, () => linkSync(cached, target))?.ino;
  const links = cache.links.get(cached) ?? new Set();
  cache.links.set(cached, links.add(linked));
}

/**
 * Takes the links of a step that has ended away. Gives those whose content was changed or replaced meanwhile, by this step
 * or by another one that had a link to the same file: then it `isSpoilt` for all who had one. What was changed is dropped
 * from the cache.
 */
export async function releaseLinks(cache: BlobCache, links: Linked[]): Promise<Linked[]> {
  const changed: Linked[] = [];
  for (const linked of links) {
    const file = fileOf(linked);
    const isChanged = file !== undefined && !(await isIntact(cache, linked, file));
    if (isChanged) drop(cache, linked);
    const isReplaced = file?.path !== linked.target && look(linked.target) !== undefined;
    if (isChanged || isReplaced || linked.isSpoilt) changed.push(linked);
    const others = cache.links.get(linked.cached);
    others?.delete(linked);
    if (others?.size === 0) cache.links.delete(linked.cached);
    removeLink(cache, linked);
  }
  return changed;
}

interface Found {
  path: string;
  stats: BigIntStats;
}

/** The file that a link led to, also when the step has removed the link, or put something else in its place. */
function fileOf({ cached, target, inode }: Linked): Found | undefined {
  for (const path of [target, cached]) {
    const stats = look(path);
    if (stats?.ino === inode && stats) return { path, stats };
  }
  return undefined;
}

const isIntact = async (cache: BlobCache, { cached, digest }: Linked, { path, stats }: Found): Promise<boolean> =>
  isAsLeft(cache, cached, stats) || isWhole(path, digest).catch(() => false);

function drop(cache: BlobCache, { cached, digest, inode }: Linked): void {
  const sharers = [...(cache.links.get(cached) ?? [])].filter((other) => other.inode === inode);
  // Who it was cannot be told: this step, or one of the others.
  if (sharers.length > 1) for (const each of sharers) each.isSpoilt = true;
  cache.copied.add(digest);
  if (look(cached)?.ino === inode) rmSync(cached, { force: true });
}

function removeLink(cache: BlobCache, { cached, target }: Linked): void {
  try {
    if (look(target)?.isFile()) keepingSeal(cache, cached, () => unlinkSync(target));
  } catch {
    // The step made the folder read-only. The link goes with the folder, and the file is read again before it is used.
  }
}
