import type { z } from "zod";
import type { AssetSource } from "../../contract/asset-source.ts";
import { invalid } from "../../contract/errors.ts";
import type { Lineage } from "../../contract/lineage.ts";
import type { ModelVersion, modelContract } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers, Principal } from "../../platform/http/bind.ts";
import { readTree } from "../blob/index.ts";
import { runMetrics } from "../run/index.ts";
import { aliasHistory, deleteAlias, moveAlias } from "./alias.ts";
import { checkAgain, checkOf, decideCheck, showCheck } from "./check/index.ts";
import { getPolicy, setPolicy } from "./policy.ts";
import { getModel, getVersion, listVersions, modelsOf } from "./read.ts";
import { type NewVersion, registerModelVersion } from "./register.ts";
import { resolveModelReference } from "./resolve.ts";
import { moveToStage, stageHistory } from "./stage.ts";
import { countVersions, listModelRows } from "./store.ts";
import { listDeleted, restoreVersion } from "./trash.ts";
import { formatOf } from "./version.ts";

type OfVersion<T> = (ctx: Ctx, workspace: string, name: string, version: string) => Promise<T>;

/** What features above models know of a version. */
export interface Surroundings {
  deploymentsOf: OfVersion<{ endpoint: string; deployment: string; traffic: number; release: number | null }[]>;
  lineageOf: OfVersion<Lineage>;
  originOfRun: (
    ctx: Ctx,
    workspace: string,
    runId: string,
  ) => Promise<Pick<NewVersion, "jobId" | "trainingData" | "parents">>;
  /** The files at a URL, or what a job or a run wrote. */
  takeFiles: (
    ctx: Ctx,
    workspace: string,
    source: AssetSource,
  ) => Promise<{ tree: string; jobId: string | null; runId: string | null; said: string }>;
}

export const createModelHandlers = (around: Surroundings): Handlers<typeof modelContract> => ({
  list: ({ params, query }, ctx) => listModels(ctx, params.workspace, query),
  get: ({ params }, ctx) => showModel(ctx, params.workspace, params.name),
  getVersion: ({ params }, ctx) => showVersion(ctx, params, around),
  lineage: ({ params }, ctx) => around.lineageOf(ctx, params.workspace, params.name, params.version),
  resolve: ({ params, query }, ctx) => resolveModelReference(ctx, params.workspace, query.reference),
  getCheck: ({ params }, ctx) => showCheck(ctx, params),
  check: ({ params }, ctx) => checkAgain(ctx, params),
  decide: ({ params, body }, ctx) => decideCheck(ctx, { ...params, ...body }),
  createVersion: ({ params, body }, ctx) => register(ctx, around, { ...params, ...body }),
  setAlias: ({ params, body }, ctx, { principal }) => pointAlias(ctx, principal!, { ...params, ...body }),
  deleteAlias: ({ params, query }, ctx, { principal }) => dropAlias(ctx, principal!, { ...params, ...query }),
  aliasHistory: async ({ params, query }, ctx) => ({
    items: await aliasHistory(ctx, params.workspace, params.name, query),
  }),
  setStage: ({ params, body }, ctx, { principal }) => moveToStage(ctx, principal!, { ...params, ...body }),
  stageHistory: async ({ params, query }, ctx) => ({
    items: await stageHistory(ctx, params.workspace, params.name, query),
  }),
  deleted: async ({ params }, ctx) => ({ items: await listDeleted(ctx, params.workspace, params.name) }),
  restore: ({ params }, ctx) => restoreVersion(ctx, params),
  getPolicy: ({ params }, ctx) => getPolicy(ctx, params.workspace),
  setPolicy: ({ params, body }, ctx) => setPolicy(ctx, params.workspace, body),
});

async function listModels(ctx: Ctx, workspace: string, page: { contains?: string; after?: string; limit: number }) {
  const rows = await listModelRows(ctx.db, workspace, { ...page, limit: page.limit + 1 });
  const models = await modelsOf(ctx, rows.slice(0, page.limit));
  const names = models.map((model) => model.name);
  const counts = new Map((await countVersions(ctx.db, workspace, names)).map((row) => [row.name, row]));
  const items = models.map((model) => {
    const count = counts.get(model.name);
    return { ...model, latest: count ? String(count.latest) : null, versions: Number(count?.versions ?? 0) };
  });
  return { items, next: rows.length > page.limit ? names.at(-1) : undefined };
}

async function showModel(ctx: Ctx, workspace: string, name: string) {
  const model = await getModel(ctx, workspace, name);
  const items = await listVersions(ctx, workspace, name);
  return { ...model, latest: items[0]?.version ?? null, versions: items.length, items };
}

async function showVersion(
  ctx: Ctx,
  { workspace, name, version }: { workspace: string; name: string; version: string },
  { deploymentsOf }: Surroundings,
) {
  const found = await getVersion(ctx, workspace, name, version);
  const files = found.digest === null ? [] : await readTree(ctx, workspace, found.digest);
  const { check, facts } = await checkOf(ctx, { workspace, name, version: Number(found.version) }, found.digest);
  return { ...found, check, ...facts, files, deployments: await deploymentsOf(ctx, workspace, name, version) };
}

async function register(
  ctx: Ctx,
  { originOfRun, takeFiles }: Surroundings,
  {
    tree,
    source,
    type,
    ...wanted
  }: { workspace: string; name: string } & z.output<typeof modelContract.createVersion.body>,
): Promise<ModelVersion> {
  const { workspace } = wanted;
  if ((tree === undefined) === (source === undefined))
    throw invalid("A model version is made of a tree or of a source: give exactly one of them.");
  const taken = source ? await takeFiles(ctx, workspace, source) : { tree: tree!, jobId: null, runId: null, said: "" };
  if (type === "mlflow_model") await requireMlflow(ctx, workspace, taken.tree);
  const runId = wanted.runId ?? taken.runId;
  const none = { jobId: taken.jobId, trainingData: [], parents: [] };
  const origin = runId === null ? none : await originOfRun(ctx, workspace, runId);
  const named = await Promise.all(wanted.parents.map((parent) => resolveModelReference(ctx, workspace, parent)));
  const parents = [...(origin.parents ?? []), ...named.map(({ name, version }) => ({ name, version }))];
  const metrics = runId === null ? {} : await runMetrics(ctx, runId);
  const made = { ...origin, tree: taken.tree, source: taken.said, runId, parents, metrics };
  const { version } = await registerModelVersion(ctx, { ...wanted, ...made });
  return getVersion(ctx, workspace, wanted.name, version);
}

async function requireMlflow(ctx: Ctx, workspace: string, tree: string): Promise<void> {
  if (formatOf(await readTree(ctx, workspace, tree)) === "mlflow") return;
  throw invalid("The type says mlflow_model, but there is no file MLmodel.", {
    hint: "Give the folder that has it, or say custom_model.",
  });
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
