import type { Tree, TreeFile } from "../../contract/common.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import { canonicalJson } from "../../platform/digest.ts";

const chunk = 500;

/** Stores bytes for a workspace. With `expected`, only if they hash to it. */
export async function putBlob(
  ctx: Ctx,
  workspace: string,
  bytes: Bytes | Uint8Array | string,
  expected?: string,
): Promise<{ digest: string; size: number }> {
  const stored = await ctx.blobs.put(bytes, expected);
  await ctx.db
    .insertInto("blob")
    .values({ workspace, ...stored, created_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.columns(["workspace", "digest"]).doNothing())
    .execute();
  return stored;
}

/** Those of the digests that the workspace does not have. */
export async function missingBlobs(ctx: Ctx, workspace: string, digests: string[]): Promise<string[]> {
  const known = new Set<string>();
  for (let from = 0; from < digests.length; from += chunk) {
    const rows = await ctx.db
      .selectFrom("blob")
      .select("digest")
      .where("workspace", "=", workspace)
      .where("digest", "in", digests.slice(from, from + chunk))
      .execute();
    for (const row of rows) known.add(row.digest);
  }
  return digests.filter((digest) => !known.has(digest));
}

export async function readBlob(ctx: Ctx, workspace: string, digest: string): Promise<{ bytes: Bytes; size: number }> {
  await requireBlob(ctx, workspace, digest);
  return ctx.blobs.read(digest);
}

export async function readSmallBlob(ctx: Ctx, workspace: string, digest: string): Promise<Uint8Array> {
  await requireBlob(ctx, workspace, digest);
  return ctx.blobs.bytes(digest);
}

async function requireBlob(ctx: Ctx, workspace: string, digest: string): Promise<void> {
  const [missing] = await missingBlobs(ctx, workspace, [digest]);
  if (missing) throw notFound("blob", digest);
}

/** Records a folder: every blob must be there, every path distinct. The same files give the same digest. */
export async function createTree(ctx: Ctx, workspace: string, tree: Tree): Promise<string> {
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

export async function readTree(ctx: Ctx, workspace: string, digest: string): Promise<TreeFile[]> {
  const text = Buffer.from(await readSmallBlob(ctx, workspace, digest)).toString();
  if (!text.startsWith('{"files":[')) throw notFound("tree", digest, "This digest names a file, not a folder.");
  return (JSON.parse(text) as Tree).files;
}

/** Bytes of all files together. */
export const sizeOf = (files: TreeFile[]): number => files.reduce((sum, file) => sum + file.size, 0);
