import { type TreeFile, treePathSchema } from "../../contract/common.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { noteBlob, readBlob } from "../blob/index.ts";
import { requireRun } from "./run.ts";
import * as store from "./run-store.ts";

export interface Entry {
  /** Relative to the owner. */
  path: string;
  isFolder: boolean;
  size: number;
}

/** A path is only a key in a table, and still only paths that are safe on a disk are taken. */
export function artifactPath(path: string): string {
  const parsed = treePathSchema.safeParse(path);
  if (parsed.success) return parsed.data;
  throw invalid(`Invalid path: "${path}" is ${parsed.error.issues[0]?.message}.`);
}

/** Notes stored content as an artifact of a run. */
export async function putRunArtifact(
  ctx: Ctx,
  wanted: { workspace: string; runId: string; path: string; digest: string; size: number },
): Promise<void> {
  await requireRun(ctx, wanted.workspace, wanted.runId);
  await noteArtifact(ctx, wanted.runId, wanted);
}

/** Stores content under a path of a run or logged model. A file there is replaced; a folder there is in the way. */
export async function writeArtifact(ctx: Ctx, workspace: string, owner: string, path: string, bytes: Bytes) {
  const key = artifactPath(path);
  const stored = await ctx.blobs.put(bytes);
  await transaction(ctx, async (tx) => {
    await noteBlob(tx, workspace, stored);
    await noteArtifact(tx, owner, { path: key, ...stored });
  });
}

export async function noteArtifact(ctx: Ctx, owner: string, file: { path: string; digest: string; size: number }) {
  const path = artifactPath(file.path);
  await transaction(ctx, async (tx) => {
    const other = await store.findInTheWay(tx.db, owner, path);
    if (other) throw invalid(`"${path}" cannot be both a file and a folder: there is already "${other.path}".`);
    await store.upsertArtifact(tx.db, { owner, path, digest: file.digest, size: file.size });
  });
}

/** All files of a run or logged model below a folder; `""` for all. Paths stay relative to the owner. */
export async function listFiles(ctx: Ctx, owner: string, folder: string): Promise<TreeFile[]> {
  const rows = await store.listArtifacts(ctx.db, owner);
  const inside = folder === "" ? rows : rows.filter((row) => row.path.startsWith(`${folder}/`));
  return inside.map(({ path, digest, size }) => ({ path, digest, size }));
}

/** One level of a folder. */
export function entriesOf(files: { path: string; size: number }[], folder: string): Entry[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const entries = new Map<string, Entry>();
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue;
    const name = file.path.slice(prefix.length).split("/")[0]!;
    const path = prefix + name;
    const isFolder = path !== file.path;
    entries.set(path, { path, isFolder, size: isFolder ? 0 : file.size });
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function readArtifact(ctx: Ctx, workspace: string, owner: string, path: string) {
  const file = await store.findArtifact(ctx.db, owner, artifactPath(path));
  if (!file) throw notFound("artifact", path, `Look at the list of artifacts of ${owner}.`);
  return readBlob(ctx, workspace, file.digest);
}

/** Forgets a file, or a folder with all that is in it. */
export async function deleteArtifact(ctx: Ctx, owner: string, path: string): Promise<void> {
  const rows = await store.listArtifacts(ctx.db, owner);
  const gone = rows.filter((row) => path === "" || row.path === path || row.path.startsWith(`${path}/`));
  for (let from = 0; from < gone.length; from += 500)
    await store.deleteArtifacts(
      ctx.db,
      owner,
      gone.slice(from, from + 500).map((row) => row.path),
    );
}
