import type { Ctx } from "../../platform/context.ts";
import { download } from "./download.ts";
import { readPlace, writePlace } from "./folder.ts";
import { locate } from "./locate.ts";
import type { UrlContent } from "./store.ts";

export { folderOfUrl } from "./locate.ts";
export { urlSchema } from "./schema.ts";
export { findWhole as recall, keepContent as remember, type UrlContent } from "./store.ts";

/** The folder or file of the server that is read in the place of a URL, if there is one. */
export const folderAt = async (ctx: Ctx, workspace: string, url: string): Promise<string | undefined> =>
  (await locate(ctx, workspace, url)).place?.path;

/** May what lies at a URL be written here? */
export const isWritable = async (ctx: Ctx, workspace: string, url: string): Promise<boolean> =>
  (await locate(ctx, workspace, url)).place?.writable === true;

/** Stores what lies at a URL now: from the folder that holds its content, else from where the URL says. */
export async function readUrl(ctx: Ctx, workspace: string, url: string, signal: AbortSignal): Promise<UrlContent> {
  const { place, address } = await locate(ctx, workspace, url);
  return place ? readPlace(ctx, workspace, url, place) : download(ctx, workspace, { url, address }, signal);
}

/** Writes a tree to the folder that holds the content of a URL. Of one `writer`, what a crash left half-written goes. */
export async function writeUrl(
  ctx: Ctx,
  workspace: string,
  url: string,
  { tree, single, writer }: { tree: string; single: boolean; writer: string },
): Promise<void> {
  const { place } = await locate(ctx, workspace, url);
  if (!place?.writable) throw new Error(`${url} is not written here`);
  await writePlace(ctx, workspace, tree, place, { single: single && !url.endsWith("/"), writer });
}
