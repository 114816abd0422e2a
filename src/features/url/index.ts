import type { Ctx } from "../../platform/context.ts";
import { download } from "./download.ts";
import { readPlace, writePlace } from "./folder.ts";
import { parsePlaces, placeOf } from "./places.ts";
import type { UrlContent } from "./store.ts";

export { urlSchema } from "./schema.ts";
export type { UrlContent } from "./store.ts";

/** Does a folder of the server hold the content of a URL? */
export const hasPlace = (ctx: Ctx, url: string): boolean =>
  placeOf(url, parsePlaces(ctx.config.urlFolders)) !== undefined;

/** May what lies at a URL be written here? */
export const isWritable = (ctx: Ctx, url: string): boolean =>
  placeOf(url, parsePlaces(ctx.config.urlFolders))?.writable === true;

/** Stores what lies at a URL now: from the folder that holds its content, else from where the URL says. */
export async function readUrl(ctx: Ctx, workspace: string, url: string, signal: AbortSignal): Promise<UrlContent> {
  const place = placeOf(url, parsePlaces(ctx.config.urlFolders));
  return place ? readPlace(ctx, workspace, url, place) : download(ctx, workspace, url, signal);
}

/** Writes a tree to the folder that holds the content of a URL. Of one `writer`, what a crash left half-written goes. */
export async function writeUrl(
  ctx: Ctx,
  workspace: string,
  url: string,
  { tree, single, writer }: { tree: string; single: boolean; writer: string },
): Promise<void> {
  const place = placeOf(url, parsePlaces(ctx.config.urlFolders));
  if (!place?.writable) throw new Error(`${url} is not written here`);
  await writePlace(ctx, workspace, tree, place, { single: single && !url.endsWith("/"), writer });
}
