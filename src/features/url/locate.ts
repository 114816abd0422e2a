import type { Ctx } from "../../platform/context.ts";
import { addressOf, findDatastore, requireForeign } from "../datastore/index.ts";
import { canonicalUrl, type Located, parsePlaces, placeOf } from "./places.ts";

/** Where what lies at a URL is read: a folder of the server, or the address that the URL stands for. */
interface Source {
  place: Located | undefined;
  address: string;
}

/** A folder that was named for the URL comes first, then what the workspace says of the datastore that it names. */
export async function locate(ctx: Ctx, workspace: string, url: string): Promise<Source> {
  const places = parsePlaces(ctx.config.urlFolders);
  const place = placeOf(url, places);
  const [, name, path = ""] = /^azureml:\/\/datastores\/([^/]+)\/paths(\/.*)?$/.exec(canonicalUrl(url)) ?? [];
  const datastore = place || !name ? undefined : await findDatastore(ctx, workspace, name);
  if (!name || !datastore) return { place, address: url };
  if (datastore.type === "local") {
    await requireForeign(ctx, datastore.settings.path!);
    const own = { prefix: `azureml://datastores/${name}/paths`, folder: datastore.settings.path!, writable: true };
    return { place: placeOf(url, [own]), address: url };
  }
  const address = `${addressOf(datastore)}${path}`;
  return { place: placeOf(address, places), address };
}

/** The folder that whoever runs the server named for a URL. */
export const folderOfUrl = (ctx: Ctx, url: string): Located | undefined =>
  placeOf(url, parsePlaces(ctx.config.urlFolders));
