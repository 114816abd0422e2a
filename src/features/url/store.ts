import type { Ctx } from "../../platform/context.ts";
import { missingBlobs, readTree } from "../blob/index.ts";

/** What lies at a URL: a tree of files; `path` when it is one file of it. */
export interface UrlContent {
  tree: string;
  path: string | null;
}

export async function findContent(ctx: Ctx, workspace: string, url: string) {
  return ctx.db
    .selectFrom("url_content")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("url", "=", url)
    .executeTakeFirst();
}

/** What was found last time, if it is still stored as a whole. */
export async function findWhole(ctx: Ctx, workspace: string, url: string) {
  const row = await findContent(ctx, workspace, url);
  if (!row) return undefined;
  // Nothing refers to what is only remembered here, so it may have been removed since.
  const files = await readTree(ctx, workspace, row.tree).catch(() => undefined);
  const digests = files?.map((file) => file.digest);
  return digests && (await missingBlobs(ctx, workspace, [...new Set(digests)])).length === 0 ? row : undefined;
}

export async function keepContent(
  ctx: Ctx,
  workspace: string,
  url: string,
  found: UrlContent & { validator: string },
): Promise<void> {
  const { tree, path, validator } = found;
  const row = { tree, path, validator, fetched_at: ctx.clock.now() };
  await ctx.db
    .insertInto("url_content")
    .values({ workspace, url, ...row })
    .onConflict((conflict) => conflict.columns(["workspace", "url"]).doUpdateSet(row))
    .execute();
}
