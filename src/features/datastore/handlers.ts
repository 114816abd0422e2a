import type { Datastore, datastoreContract } from "../../contract/datastore.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { addressOf } from "./address.ts";
import * as service from "./service.ts";

/** Where the server reads what lies at a URL; undefined when no folder was named for it. */
type FolderOfUrl = (ctx: Ctx, url: string) => { path: string; writable: boolean } | undefined;

export function createDatastoreHandlers(folderOfUrl: FolderOfUrl): Handlers<typeof datastoreContract> {
  const shown = (ctx: Ctx, known: service.KnownDatastore): Datastore => {
    const named = folderOfUrl(ctx, `azureml://datastores/${known.name}/paths`) ?? folderOfUrl(ctx, addressOf(known));
    const own = known.type === "local" ? { path: known.settings.path!, writable: true } : undefined;
    const place = named ?? own;
    const url = known.type === "local" ? null : addressOf(known);
    return { ...known, url, folder: place?.path ?? null, writable: place?.writable ?? false };
  };
  return {
    list: async ({ params }, ctx) => ({
      items: (await service.listDatastores(ctx, params.workspace)).map((known) => shown(ctx, known)),
    }),
    get: async ({ params }, ctx) => shown(ctx, await service.getDatastore(ctx, params.workspace, params.name)),
    put: async ({ params, body }, ctx, { principal }) =>
      shown(ctx, await service.putDatastore(ctx, principal!, params, body)),
    delete: async ({ params }, ctx) => {
      await service.deleteDatastore(ctx, params.workspace, params.name);
      return undefined;
    },
  };
}
