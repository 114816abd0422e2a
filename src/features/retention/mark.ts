import { sql } from "kysely";
import type { Tree } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import type { BlobReferences } from "../../platform/blob/references.ts";
import type { Ctx } from "../../platform/context.ts";
import { treeStart } from "../blob/index.ts";

const page = 500;
const anyDigest = /\b[0-9a-f]{64}\b/g;

/** Half of a digest: enough to tell all blobs apart, and half of the memory. Two that are taken for one are both kept. */
const short = (digest: string): string => digest.slice(0, 32);

/** What must stay: everything that is referred to, and the files of every tree among it. */
export class Marked {
  private readonly known = new Set<string>();
  private readonly opened = new Set<string>();
  private readonly ctx: Ctx;

  constructor(ctx: Ctx) {
    this.ctx = ctx;
  }

  has(digest: string): boolean {
    return this.known.has(short(digest));
  }

  async add(digest: string, mayBeTree: boolean): Promise<void> {
    this.known.add(short(digest));
    if (!mayBeTree || this.opened.has(short(digest))) return;
    this.opened.add(short(digest));
    for (const file of await filesIn(this.ctx, digest)) this.known.add(short(file.digest));
  }
}

/** The files of a tree; of anything else, none. A tree that cannot be read stops everything: its files are not known. */
async function filesIn(ctx: Ctx, digest: string): Promise<Tree["files"]> {
  const beginning = await ctx.blobs.beginning(digest, treeStart.length);
  if (!beginning || Buffer.from(beginning).toString() !== treeStart) return [];
  try {
    return (JSON.parse(Buffer.from(await ctx.blobs.bytes(digest)).toString()) as Tree).files;
  } catch (cause) {
    // A file that only begins like a tree is whole, and no JSON.
    if (cause instanceof SyntaxError) return [];
    throw new Problem("precondition_failed", `The tree ${digest} is damaged: what belongs to it is not known.`, {
      hint: "Restore it from a backup, then collect again. Nothing was removed.",
      cause,
    });
  }
}

/** Marks what the declared columns name. */
export async function markReferences(ctx: Ctx, marked: Marked, references: BlobReferences[]): Promise<void> {
  for (const reference of references) {
    let after: unknown[] | undefined;
    do {
      const rows = await rowsAfter(ctx, reference, after);
      for (const row of rows) {
        for (const column of reference.columns) {
          const text = row[column];
          if (typeof text !== "string") continue;
          for (const digest of new Set(text.match(anyDigest))) await marked.add(digest, reference.trees);
        }
      }
      const last = rows.length < page ? undefined : rows.at(-1);
      after = last && reference.key.map((column) => last[column]);
    } while (after);
  }
}

async function rowsAfter(
  ctx: Ctx,
  { table, key, columns }: BlobReferences,
  after: unknown[] | undefined,
): Promise<Record<string, unknown>[]> {
  const names = (list: string[]) => sql.join(list.map((column) => sql.ref(column)));
  const position = after ? sql`where (${names(key)}) > (${sql.join(after)})` : sql``;
  const { rows } = await sql<Record<string, unknown>>`
    select ${names([...new Set([...key, ...columns])])} from ${sql.table(table)} ${position}
    order by ${names(key)} limit ${sql.lit(page)}`.execute(ctx.db);
  return rows;
}

/** Marks what was stored or asked about since a time, whose user has not said yet what it is for. */
export async function markRecent(ctx: Ctx, marked: Marked, since: number): Promise<void> {
  let after = { workspace: "", digest: "" };
  for (;;) {
    const rows = await ctx.db
      .selectFrom("blob")
      .select(["workspace", "digest"])
      .where((eb) => eb.or([eb("created_at", ">=", since), eb("touched_at", ">=", since)]))
      .where(sql<boolean>`(workspace, digest) > (${after.workspace}, ${after.digest})`)
      .orderBy("workspace")
      .orderBy("digest")
      .limit(page)
      .execute();
    for (const { digest } of rows) await marked.add(digest, true);
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    after = last;
  }
}
