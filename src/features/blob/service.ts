import { longestTreePath, mostTreeFiles, type Tree, type TreeFile } from "../../contract/common.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import type { GroupedWrite } from "../../platform/db/groups.ts";
import { canonicalJson } from "../../platform/digest.ts";

const chunk = 500;

/** A blob that was touched this recently is not touched again. Far less than the time that touching is good for. */
const touchEveryMs = 6 * 3_600_000;

/** For how long what was stored or asked about stays, also when nothing refers to it. */
export const graceMs = 24 * 3_600_000;

export const treeStart = '{"files":[';

/** Stores bytes for a workspace. With `expected`, only if they hash to it. */
export async function putBlob(
  ctx: Ctx,
  workspace: string,
  bytes: Bytes | Uint8Array | string,
  expected?: string,
): Promise<Stored> {
  const stored = await ctx.blobs.put(bytes, expected);
  await noteBlob(ctx, workspace, stored);
  return stored;
}

/** Notes that a workspace has what was put into the store: `putBlob` does both; this is for those who note more with it. */
export const noteBlob = (ctx: Ctx, workspace: string, { digest, size }: Stored): Promise<void> =>
  ctx.groups.write(ctx, notes, { workspace, digest, size });

export interface Stored {
  digest: string;
  size: number;
}

const notes: GroupedWrite<Stored & { workspace: string }, void> = {
  weightOf: () => 1,
  async write(tx, items) {
    const now = tx.clock.now();
    // Each once, and in one order: two groups that note the same blobs must not wait for each other.
    const rows = new Map(items.map((item) => [`${item.workspace}/${item.digest}`, item]));
    const inOrder = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    await tx.db
      .insertInto("blob")
      .values(inOrder.map((row) => ({ ...row, created_at: now, touched_at: now })))
      .onConflict((conflict) => conflict.columns(["workspace", "digest"]).doUpdateSet({ touched_at: now }))
      .execute();
    return items.map(() => ({ value: undefined }));
  },
};

/**
 * Those of the digests that the workspace does not have. The others stay for a day at least, so that whoever asked can
 * refer to them.
 */
export async function missingBlobs(ctx: Ctx, workspace: string, digests: string[]): Promise<string[]> {
  const known = new Set<string>();
  const stale = ctx.clock.now() - touchEveryMs;
  for await (const rows of blobsOf(ctx, workspace, digests)) {
    for (const row of rows) if (row.touched_at >= stale) known.add(row.digest);
    const old = rows.filter((row) => row.touched_at < stale).map((row) => row.digest);
    for (const digest of await touch(ctx, workspace, old)) known.add(digest);
  }
  return digests.filter((digest) => !known.has(digest));
}

/** What a workspace has of these, some at a time. */
async function* blobsOf(ctx: Ctx, workspace: string, digests: string[]) {
  for (let from = 0; from < digests.length; from += chunk) {
    yield await ctx.db
      .selectFrom("blob")
      .select(["digest", "size", "touched_at"])
      .where("workspace", "=", workspace)
      .where("digest", "in", digests.slice(from, from + chunk))
      .execute();
  }
}

/** Notes that blobs are about to be used; gives those that are still there. */
async function touch(ctx: Ctx, workspace: string, digests: string[]): Promise<string[]> {
  if (digests.length === 0) return [];
  const rows = await ctx.db
    .updateTable("blob")
    .set({ touched_at: ctx.clock.now() })
    .where("workspace", "=", workspace)
    .where("digest", "in", digests)
    .returning("digest")
    .execute();
  return rows.map((row) => row.digest);
}

export async function readBlob(ctx: Ctx, workspace: string, digest: string): Promise<{ bytes: Bytes; size: number }> {
  await requireBlob(ctx, workspace, digest);
  return ctx.blobs.read(digest);
}

export async function readSmallBlob(ctx: Ctx, workspace: string, digest: string): Promise<Uint8Array> {
  await requireBlob(ctx, workspace, digest);
  return ctx.blobs.bytes(digest);
}

/** Fails unless the workspace has all of these, and none is longer than `longest` bytes. */
export async function requireBlobs(ctx: Ctx, workspace: string, digests: string[], longest: number): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const rows of blobsOf(ctx, workspace, digests))
    for (const { digest, size } of rows) sizes.set(digest, size);
  for (const digest of digests) {
    const size = sizes.get(digest);
    if (size === undefined) throw notFound("blob", digest);
    if (size > longest) throw invalid(`Blob ${digest} has ${size} bytes; read it by itself.`);
  }
}

/** How many bytes a blob of the workspace has; fails when it has none of this digest. */
export async function requireBlob(ctx: Ctx, workspace: string, digest: string): Promise<number> {
  const row = await ctx.db
    .selectFrom("blob")
    .select("size")
    .where("workspace", "=", workspace)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (!row) throw notFound("blob", digest);
  return row.size;
}

/** Refuses files that cannot be one folder, with the `earlier` ones that belong to it. `what` names it in messages. */
export function checkTree(what: string, files: TreeFile[], earlier = 0): void {
  const count = files.length + earlier;
  if (count > mostTreeFiles) {
    const [has, most] = [count, mostTreeFiles].map((number) => number.toLocaleString("en"));
    throw invalid(`The ${what} has ${has} files or more; a folder may have ${most}.`, {
      hint: "Write fewer and larger files, such as one archive or table for each item.",
    });
  }
  const long = files.find(({ path }) => path.length > longestTreePath);
  if (!long) return;
  throw invalid(`The ${what} has a path of ${long.path.length} characters, ${long.path.slice(0, 100)}…`, {
    hint: `A path in a folder has at most ${longestTreePath} characters.`,
  });
}

/** Records a folder: every blob must be there, every path distinct. The same files give the same digest. */
export async function createTree(ctx: Ctx, workspace: string, tree: Tree): Promise<string> {
  checkTree("folder", tree.files);
  const files = [...tree.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const paths = new Set<string>();
  for (const file of files) {
    const folded = file.path.toLowerCase();
    if (paths.has(folded))
      throw invalid(`Two files of the tree have the path "${file.path}" (upper and lower case count as one).`);
    paths.add(folded);
  }
  const missing = await missingBlobs(ctx, workspace, [...new Set(files.map((file) => file.digest))]);
  if (missing.length > 0) {
    const file = files.find((candidate) => candidate.digest === missing[0]);
    throw invalid(
      `The content of "${file?.path}" (${missing[0]}) is not stored yet; ${missing.length} blobs are missing.`,
      {
        hint: "Store the blobs first, then record the tree.",
      },
    );
  }
  const { digest } = await putBlob(ctx, workspace, canonicalJson({ files }));
  return digest;
}

/** The files of a tree. Whoever reads it may be about to refer to it, so it stays with its files, as if asked about. */
export async function readTree(ctx: Ctx, workspace: string, digest: string): Promise<TreeFile[]> {
  const isFresh = await wasTouched(ctx, workspace, digest);
  const text = Buffer.from(await ctx.blobs.bytes(digest)).toString();
  if (!text.startsWith(treeStart)) throw notFound("tree", digest, "This digest names a file, not a folder.");
  const { files } = JSON.parse(text) as Tree;
  if (isFresh) return files;
  // The files first: a tree that was touched lately has all of its files.
  const missing = await missingBlobs(ctx, workspace, [...new Set(files.map((file) => file.digest))]);
  const [gone] = [...missing, ...(await missingBlobs(ctx, workspace, [digest]))];
  if (gone) throw notFound("blob", gone, `It belongs to the tree ${digest}, which nothing refers to any longer.`);
  return files;
}

async function wasTouched(ctx: Ctx, workspace: string, digest: string): Promise<boolean> {
  const row = await ctx.db
    .selectFrom("blob")
    .select("touched_at")
    .where("workspace", "=", workspace)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (!row) throw notFound("blob", digest);
  return row.touched_at >= ctx.clock.now() - touchEveryMs;
}

/** Bytes of all files together. */
export const sizeOf = (files: TreeFile[]): number => files.reduce((sum, file) => sum + file.size, 0);
