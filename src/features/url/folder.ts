import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { TreeFile } from "../../contract/common.ts";
import { invalid, type Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { digestOf, sha256 } from "../../platform/digest.ts";
import { shownUrl } from "../../platform/outbound/shown.ts";
import { createTree, putBlob, readBlob, readTree } from "../blob/index.ts";
import type { Below } from "./places.ts";
import { findWhole, keepContent, type UrlContent } from "./store.ts";

interface Found {
  /** In the tree, with `/` between parts. */
  path: string;
  source: string;
  /** Changes when the file does. */
  stamp: string;
}

/** Stores what lies in a file or folder of the server. Files that have not changed since last time are not read again. */
export async function readPlace(ctx: Ctx, workspace: string, url: string, place: Below): Promise<UrlContent> {
  const { path } = place;
  const info = await stat(path).catch(() => undefined);
  if (!info) {
    throw invalid(`There is nothing at ${shownUrl(url)}: the folder that holds its content has no ${basename(path)}.`, {
      hint: "Whoever runs the server puts it there, or changes --url-folders.",
    });
  }
  const folder = await realpath(place.folder);
  const root = info.isDirectory() ? path : dirname(path);
  if (!isInside(folder, await realpath(root))) throw leadsOut(path);
  const found = info.isDirectory() ? await filesBelow(root, "", folder) : [await look(root, basename(path), folder)];
  if (found.length === 0)
    throw invalid(`There is nothing at ${shownUrl(url)}: the folder that holds its content is empty.`);
  const validator = digestOf(found.map(({ path, stamp }) => [path, stamp]));
  const known = await findWhole(ctx, workspace, url);
  if (known?.validator === validator) return { tree: known.tree, path: known.path };
  const files: TreeFile[] = [];
  for (const { path, source } of found) {
    files.push({ path, ...(await putBlob(ctx, workspace, createReadStream(source))) });
  }
  const content = {
    tree: await createTree(ctx, workspace, { files }),
    path: info.isDirectory() ? null : basename(path),
  };
  await keepContent(ctx, workspace, url, { ...content, validator });
  return content;
}

/** Links are followed as long as they stay in the folder that was given: what they lead to besides was not meant. */
async function filesBelow(root: string, below: string, folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const entry of (await readdir(join(root, below), { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path, folder)));
    else if (
      entry.isFile() ||
      (entry.isSymbolicLink() && (await stat(join(root, path)).catch(() => undefined))?.isFile())
    )
      found.push(await look(root, path, folder));
  }
  return found;
}

async function look(root: string, path: string, folder: string): Promise<Found> {
  const source = await realpath(join(root, path));
  if (!isInside(folder, source)) throw leadsOut(path);
  const info = await stat(source);
  // To read a pipe or a device would never end.
  if (!info.isFile()) throw invalid(`${basename(path)} is neither a file nor a folder.`);
  return { path, source, stamp: [info.size, info.mtimeMs, info.ctimeMs, info.ino].join("/") };
}

const isInside = (folder: string, path: string): boolean => path === folder || path.startsWith(join(folder, sep));

const leadsOut = (path: string): Problem => invalid(`${basename(path)} is a link that leads out of its folder.`);

/**
 * Writes a tree into a folder of the server, each file at once or not at all. `single`: a tree of one file becomes that
 * file. A `writer` that is killed and writes again takes what it left.
 */
export async function writePlace(
  ctx: Ctx,
  workspace: string,
  tree: string,
  { path, folder }: Below,
  { single, writer }: { single: boolean; writer: string },
): Promise<void> {
  const files = await readTree(ctx, workspace, tree);
  for (const file of files) {
    const target = single && files.length === 1 ? path : join(path, ...file.path.split("/"));
    await makeFolder(dirname(target), folder);
    if ((await lstat(target).catch(() => undefined))?.isSymbolicLink())
      throw invalid(`${target} is a link; it is not written through.`);
    const beside = join(dirname(target), `.${sha256(`${writer}/${basename(target)}`).slice(0, 32)}.part`);
    try {
      const { bytes } = await readBlob(ctx, workspace, file.digest);
      await pipeline(bytes, createWriteStream(beside));
      await rename(beside, target);
    } catch (error) {
      throw refusedByDisk(error, target);
    } finally {
      await rm(beside, { force: true });
    }
  }
}

/** Makes a folder below one that was given, not through links that lead out of it. */
async function makeFolder(wanted: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const root = await realpath(folder);
    let place = root;
    for (const name of relative(folder, wanted).split(sep).filter(Boolean)) {
      place = join(place, name);
      await mkdir(place, { recursive: true });
      if (!isInside(root, await realpath(place))) throw leadsOut(place);
    }
  } catch (error) {
    throw refusedByDisk(error, wanted);
  }
}

/** Trying again does not help against these. */
const lasting = new Set(["EISDIR", "ENOTDIR", "ENOTEMPTY", "EEXIST", "EACCES", "EPERM", "EROFS", "ENAMETOOLONG"]);

function refusedByDisk(error: unknown, target: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code || !lasting.has(code)) return error;
  return invalid(`${target} cannot be written: ${message}`, {
    hint: "Whoever runs the server sees to the folder that holds the content of the URL, or changes --url-folders.",
  });
}
