import type { ModelVersion, modelContract } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers, Principal } from "../../platform/http/bind.ts";
import { readTree } from "../blob/index.ts";
import { aliasHistory, deleteAlias, moveAlias } from "./alias.ts";
import { getPolicy, setPolicy } from "./policy.ts";
import { getModel, getVersion, listVersions, modelsOf } from "./read.ts";
import { registerModelVersion } from "./register.ts";
import { resolveModelReference } from "./resolve.ts";
import { countVersions, listModelRows } from "./store.ts";

/** Where a version is deployed; the endpoints know, and they are above models. */
export type DeploymentsOf = (
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
) => Promise<{ endpoint: string; deployment: string; traffic: number }[]>;

export const createModelHandlers = (deploymentsOf: DeploymentsOf): Handlers<typeof modelContract> => ({
  list: ({ params }, ctx) => listModels(ctx, params.workspace),
  get: ({ params }, ctx) => showModel(ctx, params.workspace, params.name),
  getVersion: ({ params }, ctx) => showVersion(ctx, params, deploymentsOf),
  resolve: ({ params, query }, ctx) => resolveModelReference(ctx, params.workspace, query.reference),
  createVersion: ({ params, body }, ctx) => register(ctx, { ...params, ...body }),
  setAlias: ({ params, body }, ctx, { principal }) => pointAlias(ctx, principal!, { ...params, ...body }),
  deleteAlias: ({ params, query }, ctx, { principal }) => dropAlias(ctx, principal!, { ...params, ...query }),
  aliasHistory: async ({ params, query }, ctx) => ({
    items: await aliasHistory(ctx, params.workspace, params.name, query),
  }),
  getPolicy: ({ params }, ctx) => getPolicy(ctx, params.workspace),
  setPolicy: ({ params, body }, ctx) => setPolicy(ctx, params.workspace, body),
});

async function listModels(ctx: Ctx, workspace: string) {
  const models = await modelsOf(ctx, await listModelRows(ctx.db, workspace));
  const counts = new Map((await countVersions(ctx.db, workspace)).map((row) => [row.name, row]));
  const items = models.map((model) => {
    const count = counts.get(model.name);
    return { ...model, latest: count ? String(count.latest) : null, versions: Number(count?.versions ?? 0) };
  });
  return { items };
}

async function showModel(ctx: Ctx, workspace: string, name: string) {
  const model = await getModel(ctx, workspace, name);
  const items = await listVersions(ctx, workspace, name);
  return { ...model, latest: items[0]?.version ?? null, versions: items.length, items };
}

async function showVersion(
  ctx: Ctx,
  { workspace, name, version }: { workspace: string; name: string; version: string },
  deploymentsOf: DeploymentsOf,
) {
  const found = await getVersion(ctx, workspace, name, version);
  const files = found.digest === null ? [] : await readTree(ctx, workspace, found.digest);
  return { ...found, files, deployments: await deploymentsOf(ctx, workspace, name, version) };
}

async function register(
  ctx: Ctx,
  wanted: {
    workspace: string;
    name: string;
    tree: string;
    description: string;
    tags: Record<string, string>;
    runId?: string;
  },
): Promise<ModelVersion> {
  const { version } = await registerModelVersion(ctx, {
    ...wanted,
    runId: wanted.runId ?? null,
    jobId: null,
    trainingData: [],
  });
  return getVersion(ctx, wanted.workspace, wanted.name, version);
}

async function pointAlias(ctx: Ctx, principal: Principal, wanted: Parameters<typeof moveAlias>[2]) {
  await moveAlias(ctx, principal, wanted);
  return summaryOf(ctx, wanted);
}

async function dropAlias(ctx: Ctx, principal: Principal, wanted: Parameters<typeof deleteAlias>[2]) {
  await deleteAlias(ctx, principal, wanted);
  return summaryOf(ctx, wanted);
}

async function summaryOf(ctx: Ctx, { workspace, name }: { workspace: string; name: string }) {
  const { items: _, ...model } = await showModel(ctx, workspace, name);
  return model;
}
