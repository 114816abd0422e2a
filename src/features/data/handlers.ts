import type { z } from "zod";
import type { AssetSource } from "../../contract/asset-source.ts";
import type { DataVersion, dataContract } from "../../contract/data.ts";
import { invalid } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import * as service from "./service.ts";

/** What features above data know: the files at a URL, or what a job wrote. */
interface Surroundings {
  takeFiles: (
    ctx: Ctx,
    workspace: string,
    source: AssetSource,
  ) => Promise<{ tree: string; jobId: string | null; said: string }>;
}

export const createDataHandlers = ({ takeFiles }: Surroundings): Handlers<typeof dataContract> => ({
  list: async ({ params }, ctx) => ({ items: await service.listData(ctx, params.workspace) }),
  get: ({ params }, ctx) => service.getData(ctx, params.workspace, params.name),
  getVersion: ({ params }, ctx) => service.getDataVersion(ctx, params.workspace, params.name, params.version),
  create: ({ params, body }, ctx) => create(ctx, params, body, takeFiles),
  setExpectations: ({ params, body }, ctx) => service.setExpectations(ctx, params.workspace, params.name, body),
});

async function create(
  ctx: Ctx,
  at: { workspace: string; name: string },
  { tree, source, ...about }: z.output<typeof dataContract.create.body>,
  takeFiles: Surroundings["takeFiles"],
): Promise<DataVersion> {
  if (tree !== undefined && !source) return service.createDataVersion(ctx, { ...at, ...about, tree, jobId: null });
  if (!source || tree !== undefined) throw invalid("Data is made of a tree or of a source: give exactly one of them.");
  const { said, ...taken } = await takeFiles(ctx, at.workspace, source);
  return service.createDataVersion(ctx, { ...at, ...about, tree: taken.tree, jobId: taken.jobId, source: said });
}
