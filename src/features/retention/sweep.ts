import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Marked } from "./mark.ts";

const page = 500;

export interface Sweep {
  workspace: string;
  /** What was stored or asked about at this time or later stays. */
  before: number;
  dryRun: boolean;
}

interface Swept {
  blobs: number;
  bytes: number;
}

/**
 * Takes from a workspace the blobs that nothing marked, and from the disk those that no workspace has any longer. The
 * row goes first: a crash in between leaves a file that nobody knows of, which the next time removes.
 */
export async function sweepBlobs(ctx: Ctx, marked: Marked, sweep: Sweep): Promise<Swept> {
  const swept: Swept = { blobs: 0, bytes: 0 };
  for (let after = ""; ; ) {
    const rows = await candidates(ctx, sweep, after);
    const unmarked = rows.filter((row) => !marked.has(row.digest)).map((row) => row.digest);
    const gone = sweep.dryRun ? unmarked : await takeRows(ctx, sweep, unmarked);
    const elsewhere = await known(ctx, gone, sweep.dryRun ? sweep.workspace : undefined);
    const sizes = new Map(rows.map((row) => [row.digest, row.size]));
    swept.blobs += gone.length;
    for (const digest of gone.filter((digest) => !elsewhere.has(digest))) {
      const freed = sweep.dryRun ? sizes.get(digest) : await ctx.blobs.remove(digest, sweep.before);
      swept.bytes += freed ?? 0;
    }
    const last = rows.at(-1);
    if (!last || rows.length < page) return swept;
    after = last.digest;
  }
}

const candidates = (ctx: Ctx, { workspace, before }: Sweep, after: string) =>
  ctx.db
    .selectFrom("blob")
    .select(["digest", "size"])
    .where("workspace", "=", workspace)
    .where("digest", ">", after)
    .where("created_at", "<", before)
    .where("touched_at", "<", before)
    .orderBy("digest")
    .limit(page)
    .execute();

/** Deletes rows that still nobody touched; gives those that it deleted. */
async function takeRows(ctx: Ctx, { workspace, before }: Sweep, digests: string[]): Promise<string[]> {
  if (digests.length === 0) return [];
  return transaction(ctx, async (tx) => {
    const rows = await tx.db
      .deleteFrom("blob")
      .where("workspace", "=", workspace)
      .where("digest", "in", digests)
      .where("created_at", "<", before)
      .where("touched_at", "<", before)
      .returning("digest")
      .execute();
    return rows.map((row) => row.digest);
  });
}

/** Those that some workspace has; with a workspace, some other one. */
async function known(ctx: Ctx, digests: string[], but?: string): Promise<Set<string>> {
  if (digests.length === 0) return new Set();
  let query = ctx.db.selectFrom("blob").select("digest").where("digest", "in", digests);
  if (but !== undefined) query = query.where("workspace", "!=", but);
  return new Set((await query.execute()).map((row) => row.digest));
}

/** Files that no workspace knows of: left by a crash, of an upload or of an earlier collection. */
export async function sweepOrphans(ctx: Ctx, { before, dryRun }: Sweep): Promise<Swept> {
  const swept: Swept = { blobs: 0, bytes: 0 };
  let gathered: { digest: string; size: number }[] = [];
  const decide = async () => {
    const there = await known(
      ctx,
      gathered.map((file) => file.digest),
    );
    for (const { digest, size } of gathered.filter((file) => !there.has(file.digest))) {
      const freed = dryRun ? size : await ctx.blobs.remove(digest, before);
      if (freed === undefined) continue;
      swept.blobs += 1;
      swept.bytes += freed;
    }
    gathered = [];
  };
  for await (const file of ctx.blobs.list()) {
    if (file.storedAt < before) gathered.push(file);
    if (gathered.length >= page) await decide();
  }
  await decide();
  return swept;
}
