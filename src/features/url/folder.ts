import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import type { TreeFile } from "../../contract/common.ts";
import { invalid } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { digestOf } from "../../platform/digest.ts";
import { createTree, putBlob, readBlob, readTree } from "../blob/index.ts";
import { findWhole, keepContent, type UrlContent } from "./store.ts";

interface Found {
  /** In the tree, with `/` between parts. */
  path: string;
  source: string;
  /** Changes when the file does. */
  stamp: string;
}

/** Stores what lies in a file or folder of the server. Files that have not changed since last time are not read again. */
export async function readPlace(ctx: Ctx, workspace: string, url: string, place: string): Promise<UrlContent> {
  const info = await stat(place).catch(() => undefined);
  if (!info) {
    throw invalid(`There is nothing at ${url}: the folder that holds its content has no ${basename(place)}.`, {
      hint: "Whoever runs the server puts it there, or changes --url-folders.",
    });
  }
  const root = await realpath(info.isDirectory() ? place : dirname(place));
  const found = info.isDirectory() ? await filesBelow(root, "") : [await look(join(root, basename(place)), root)];
  if (found.length === 0) throw invalid(`There is nothing at ${url}: the folder that holds its content is empty.`);
  const validator = digestOf(found.map(({ path, stamp }) => [path, stamp]));
  const known = await findWhole(ctx, workspace, url);
  if (known?.validator === validator) return { tree: known.tree, path: known.path };
  const files: TreeFile[] = [];
  for (const { path, source } of found) {
    files.push({ path, ...(await putBlob(ctx, workspace, createReadStream(source))) });
  }
  const content = {
    tree: await createTree(ctx, workspace, { files }),
    path: info.isDirectory() ? null : basename(place),
  };
  await keepContent(ctx, workspace, url, { ...content, validator });
  return content;
}

/** Links are followed as long as they stay below the folder: what they lead to besides was not meant to be read. */
async function filesBelow(root: string, folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const entry of (await readdir(join(root, folder), { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)));
    else if (
      entry.isFile() ||
      (entry.isSymbolicLink() && (await stat(join(root, path)).catch(() => undefined))?.isFile())
    )
      found.push(await look(join(root, path), root));
  }
  return found;
}

async function look(source: string, root: string): Promise<Found> {
  const real = await realpath(source);
  if (relative(root, real).startsWith(".."))
    throw invalid(`${basename(source)} is a link that leads out of its folder.`);
  const { size, mtimeMs, ctimeMs, ino } = await stat(real);
  return { path: relative(root, source), source: real, stamp: [size, mtimeMs, ctimeMs, ino].join("/") };
}

/** Writes a tree into a folder of the server, each file at once or not at all. `single`: a tree of one file becomes that file. */
export async function writePlace(
  ctx: Ctx,
  workspace: string,
  tree: string,
  place: string,
  single: boolean,
): Promise<void> {
  const files = await readTree(ctx, workspace, tree);
  for (const file of files) {
    const target = single && files.length === 1 ? place : join(place, ...file.path.split("/"));
    await mkdir(dirname(target), { recursive: true }).catch((error: unknown) => {
      throw refusedByDisk(error, target);
    });
    if ((await lstat(target).catch(() => undefined))?.isSymbolicLink())
      throw invalid(`${target} is a link; it is not written through.`);
    const beside = join(dirname(target), `.${basename(target)}.${ctx.ids.next()}`);
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

/** Trying again does not help against these. */
const lasting = new Set(["EISDIR", "ENOTDIR", "ENOTEMPTY", "EEXIST", "EACCES", "EPERM", "EROFS", "ENAMETOOLONG"]);

function refusedByDisk(error: unknown, target: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code || !lasting.has(code)) return error;
  return invalid(`${target} cannot be written: ${message}`, {
    hint: "Whoever runs the server sees to the folder that holds the content of the URL, or changes --url-folders.",
  });
}
