import { invalid, notFound, Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { noteBlob } from "../blob/index.ts";
import { artifactPath, writeArtifact } from "./artifact.ts";
import type { UploadTable } from "./upload-schema.ts";

const mostParts = 10_000;
const keptMs = 7 * 86_400_000;

interface Destination {
  workspace: string;
  owner: string;
  path: string;
}

/**
 * Begins an upload in parts. Each part is sent with the secret, in any order, also again; all together they become the
 * artifact when the upload is completed. An upload that nobody completes is forgotten after 7 days.
 */
export async function startUpload(
  ctx: Ctx,
  { workspace, owner, path }: Destination,
  parts: number,
): Promise<{ id: string; secret: string }> {
  if (!Number.isInteger(parts) || parts < 1 || parts > mostParts) {
    throw invalid(`An upload has 1 to ${mostParts} parts, not ${parts}.`, { hint: "Send larger parts." });
  }
  const secret = ctx.ids.secret(32);
  const created_at = ctx.clock.now();
  const row = { workspace, owner, path: artifactPath(path), secret_hash: sha256(secret), parts, created_at };
  const id = ctx.ids.next();
  await transaction(ctx, async (tx) => {
    await forget(
      tx,
      (await abandoned(tx)).map((upload) => upload.id),
    );
    await tx.db
      .insertInto("upload")
      .values({ id, ...row })
      .execute();
  });
  return { id, secret };
}

/** Keeps one part; gives the digest of its content. */
export async function putPart(ctx: Ctx, id: string, number: number, secret: string, bytes: Bytes): Promise<string> {
  const upload = await findUpload(ctx, id);
  // Hashes are compared, so the time it takes tells nothing of the secret.
  if (!upload || upload.secret_hash !== sha256(secret)) {
    throw new Problem("unauthenticated", "This upload is not known, or its secret is another one.", {
      hint: "Start a new upload.",
    });
  }
  if (!Number.isInteger(number) || number < 1 || number > upload.parts) {
    throw invalid(`The upload has the parts 1 to ${upload.parts}; there is no part ${number}.`);
  }
  const part = await ctx.blobs.put(bytes);
  await transaction(ctx, async (tx) => {
    await noteBlob(tx, upload.workspace, part);
    await tx.db
      .insertInto("upload_part")
      .values({ upload_id: id, number, ...part })
      .onConflict((conflict) => conflict.columns(["upload_id", "number"]).doUpdateSet(part))
      .execute();
  });
  return part.digest;
}

/** Puts the parts together, in their order, and stores them as the artifact. */
export async function completeUpload(ctx: Ctx, destination: Destination, id: string): Promise<void> {
  const upload = await requireUpload(ctx, destination, id);
  const parts = await ctx.db
    .selectFrom("upload_part")
    .selectAll()
    .where("upload_id", "=", id)
    .orderBy("number")
    .execute();
  if (parts.length < upload.parts) {
    const there = new Set(parts.map((part) => part.number));
    const missing = Array.from({ length: upload.parts }, (_, index) => index + 1).find((number) => !there.has(number));
    throw invalid(`Part ${missing} of ${upload.parts} has not arrived.`, {
      hint: "Send it, then complete the upload.",
    });
  }
  const digests = parts.map((part) => part.digest);
  await writeArtifact(ctx, upload.workspace, upload.owner, upload.path, joined(ctx, digests));
  await transaction(ctx, (tx) => forget(tx, [id]));
}

export async function abortUpload(ctx: Ctx, destination: Destination, id: string): Promise<void> {
  await requireUpload(ctx, destination, id);
  await transaction(ctx, (tx) => forget(tx, [id]));
}

async function* joined(ctx: Ctx, digests: string[]): AsyncGenerator<Uint8Array> {
  for (const digest of digests) yield* (await ctx.blobs.read(digest)).bytes;
}

const findUpload = (ctx: Ctx, id: string): Promise<UploadTable | undefined> =>
  ctx.db.selectFrom("upload").selectAll().where("id", "=", id).executeTakeFirst();

async function requireUpload(ctx: Ctx, { workspace, owner, path }: Destination, id: string): Promise<UploadTable> {
  const upload = await findUpload(ctx, id);
  if (upload && upload.workspace === workspace && upload.owner === owner && upload.path === path) return upload;
  throw notFound("upload", id, "It was completed or aborted, or belongs to another path.");
}

const abandoned = (tx: Ctx) =>
  tx.db
    .selectFrom("upload")
    .select("id")
    .where("created_at", "<", tx.clock.now() - keptMs)
    .execute();

/** The parts themselves are blobs that nothing refers to any longer. */
async function forget(tx: Ctx, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.db.deleteFrom("upload_part").where("upload_id", "in", ids).execute();
  await tx.db.deleteFrom("upload").where("id", "in", ids).execute();
}
