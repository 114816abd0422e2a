import type { Deployment } from "../../contract/endpoint.ts";
import { conflict, notFound } from "../../contract/errors.ts";
import type { ModelVersionRef } from "../../contract/model-reference.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { readTree } from "../blob/index.ts";
import { servedConversion } from "../conversion/index.ts";
import { awaitUsable, requireUsable, resolveModelReference } from "../model/index.ts";
import { type Reported, reportedOf } from "./reported.ts";
import type { DeploymentTable } from "./schema.ts";
import * as store from "./store.ts";
import { checkTraffic, hasTraffic } from "./traffic.ts";

export interface Wanted {
  workspace: string;
  endpoint: string;
  deployment: string;
  model: ModelVersionRef;
  /** The approved tree to serve when the version's own files are not ONNX; null when none was approved. */
  conversion?: string | null;
  collect: boolean;
  release?: number;
}

const insertChunk = 200;
/** A new version is checked first, which takes a moment. */
const checkedWithinMs = 15_000;

/** Creates a deployment, or replaces one without traffic. It gets no traffic yet. */
export async function deploy(ctx: Ctx, wanted: Wanted): Promise<Deployment> {
  const model = await servable(ctx, wanted);
  await awaitUsable(ctx, wanted.workspace, model, { waitMs: checkedWithinMs });
  return transaction(ctx, async (tx) => {
    await store.takeTurn(tx);
    const { workspace, endpoint, deployment: name } = wanted;
    await requireEndpoint(tx, workspace, endpoint);
    const { name: model, version, tree: digest } = await handedOut(tx, wanted);
    const known = await store.findDeployment(tx.db, { workspace, endpoint, name });
    if (known && known.traffic > 0 && known.digest !== digest) {
      throw conflict(
        `Deployment "${name}" of endpoint "${endpoint}" serves ${known.model} ${known.version}; its model cannot be replaced while it has traffic.`,
        "Deploy under another name, try it, then move the traffic.",
      );
    }
    const row: DeploymentTable = {
      ...{ workspace, endpoint, name, digest },
      model,
      version,
      traffic: known?.traffic ?? 0,
      collect: wanted.collect ? 1 : 0,
      release: wanted.release ?? known?.release ?? null,
      created_at: known?.digest === digest ? known.created_at : tx.clock.now(),
    };
    if (canonicalJson(row) === canonicalJson(known)) return describe(tx, row);
    await store.putDeployment(tx.db, row);
    await store.nextGeneration(tx);
    record(tx, {
      workspace,
      type: "deployment.created",
      subject: `deployment/${endpoint}/${name}`,
      data: { model: row.model, version, digest, collect: wanted.collect, release: row.release },
    });
    return describe(tx, row);
  });
}

async function describe(ctx: Ctx, row: DeploymentTable): Promise<Deployment & Reported> {
  const reported = (await reportedOf(ctx, [row])).get(`${row.endpoint}/${row.name}`)!;
  return { ...reported, ...deploymentOf(row, reported) };
}

/** The version that is meant, and what is served of it: its own files when they are ONNX, else its conversion. */
async function servable(ctx: Ctx, { workspace, model, conversion }: Wanted) {
  const { name, version, digest } = await resolveModelReference(ctx, workspace, model);
  const called = `Model "${name}" version ${version}`;
  if (!digest) throw conflict(`${called} has no files yet.`, "Wait until its registration has ended.");
  const own = await readTree(ctx, workspace, digest);
  if (own.some((file) => file.path.toLowerCase().endsWith(".onnx"))) {
    return { name, version, digest, tree: digest, files: own };
  }
  const tree = await servedConversion(ctx, { workspace, name, version }, conversion);
  return { name, version, digest, tree, files: await readTree(ctx, workspace, tree) };
}

/** The version that is meant, its files noted as readable for nodes. */
async function handedOut(tx: Ctx, wanted: Wanted) {
  const { workspace } = wanted;
  const model = await servable(tx, wanted);
  await requireUsable(tx, workspace, model);
  const { tree, files } = model;
  const digests = [...new Set(files.map((file) => file.digest))];
  for (let from = 0; from < digests.length; from += insertChunk) {
    await tx.db
      .insertInto("serving_file")
      .values(digests.slice(from, from + insertChunk).map((file) => ({ workspace, tree, digest: file })))
      .onConflict((known) => known.columns(["digest", "workspace", "tree"]).doNothing())
      .execute();
  }
  return model;
}

/** Splits the requests of an endpoint; deployments that are not named get none. */
export async function setTraffic(
  ctx: Ctx,
  wanted: { workspace: string; endpoint: string; traffic: Record<string, number>; reason?: string },
): Promise<void> {
  await transaction(ctx, async (tx) => {
    await store.takeTurn(tx);
    const { workspace, endpoint, traffic } = wanted;
    await requireEndpoint(tx, workspace, endpoint);
    const before = await listDeployments(tx, workspace, endpoint);
    checkTraffic(endpoint, traffic, before);
    for (const { name } of before) {
      await store.setDeploymentTraffic(tx.db, { workspace, endpoint, name }, traffic[name] ?? 0);
    }
    await store.nextGeneration(tx);
    const shares = before.filter((deployment) => deployment.traffic > 0);
    record(tx, {
      workspace,
      type: "endpoint.traffic.changed",
      subject: `endpoint/${endpoint}`,
      data: { traffic, before: Object.fromEntries(shares.map(({ name, traffic }) => [name, traffic])) },
      reason: wanted.reason,
    });
  });
}

/** Deletes a deployment; refused while it has traffic. Gives false when there is none. */
export async function undeploy(ctx: Ctx, key: store.DeploymentKey): Promise<boolean> {
  return transaction(ctx, async (tx) => {
    await store.takeTurn(tx);
    const known = await store.findDeployment(tx.db, key);
    if (!known) return false;
    if (known.traffic > 0) throw hasTraffic(key.endpoint, key.name, known.traffic);
    await store.deleteDeployment(tx.db, key);
    await store.nextGeneration(tx);
    const subject = `deployment/${key.endpoint}/${key.name}`;
    record(tx, { workspace: key.workspace, type: "deployment.deleted", subject, data: { model: known.model } });
    return true;
  });
}

/** How one deployment is, from the newest report about it. */
export async function deploymentState(ctx: Ctx, key: store.DeploymentKey): Promise<Deployment & Reported> {
  const row = await store.findDeployment(ctx.db, key);
  if (!row) throw notFound(`deployment of endpoint "${key.endpoint}"`, key.name);
  return describe(ctx, row);
}

export async function listDeployments(
  ctx: Ctx,
  workspace: string,
  endpoint: string,
): Promise<(Deployment & Reported)[]> {
  const rows = await store.listDeploymentRows(ctx.db, workspace, endpoint);
  const reported = await reportedOf(ctx, rows);
  return rows.map((row) => {
    const said = reported.get(`${endpoint}/${row.name}`)!;
    return { ...said, ...deploymentOf(row, said) };
  });
}

/** Where a model version is deployed. */
export async function deploymentsOf(
  ctx: Ctx,
  workspace: string,
  model: string,
  version: string,
): Promise<{ endpoint: string; deployment: string; traffic: number; release: number | null }[]> {
  return ctx.db
    .selectFrom("deployment")
    .select(["endpoint", "name as deployment", "traffic", "release"])
    .where("workspace", "=", workspace)
    .where("model", "=", model)
    .where("version", "=", version)
    .orderBy("endpoint")
    .orderBy("name")
    .execute();
}

export async function requireEndpoint(ctx: Ctx, workspace: string, name: string) {
  const row = await store.findEndpoint(ctx.db, workspace, name);
  if (!row) throw notFound("endpoint", name, "List them with `trainyard online-endpoint list`.");
  return row;
}

export const deploymentOf = (row: DeploymentTable, reported: Reported): Deployment => ({
  name: row.name,
  model: { name: row.model, version: row.version, digest: row.digest },
  state: reported.state,
  error: reported.error,
  traffic: row.traffic,
  collect: row.collect === 1,
  release: row.release,
  createdAt: row.created_at,
});
