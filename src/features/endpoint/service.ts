import type { Deployment, Endpoint } from "../../contract/endpoint.ts";
import { conflict } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { checkOf } from "../model/index.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { collectedRows } from "./collected.ts";
import { deploymentOf, listDeployments, requireEndpoint } from "./deployment.ts";
import { exampleOf } from "./example.ts";
import { liveNodes, reportedOf } from "./reported.ts";
import type { DeploymentTable, EndpointTable } from "./schema.ts";
import * as store from "./store.ts";
import { hasTraffic } from "./traffic.ts";

interface Wanted {
  workspace: string;
  name: string;
  authMode: "key" | "none";
}

export async function createEndpoint(ctx: Ctx, wanted: Wanted): Promise<Endpoint> {
  return transaction(ctx, async (tx) => {
    if (!(await ensureEndpoint(tx, wanted))) throw conflict(`There is already an endpoint "${wanted.name}".`);
    return getEndpoint(tx, wanted.workspace, wanted.name);
  });
}

/** Creates the endpoint unless there is one of that name; gives whether it did. */
export async function ensureEndpoint(ctx: Ctx, { workspace, name, authMode }: Wanted): Promise<boolean> {
  return transaction(ctx, async (tx) => {
    await requireWorkspace(tx, workspace);
    await store.takeTurn(tx);
    const key = tx.ids.secret(32);
    const created = await store.insertEndpoint(tx.db, {
      ...{ workspace, name },
      auth_mode: authMode,
      key_sealed: tx.secrets.seal(key, keyContext(workspace, name)),
      key_hash: sha256(key),
      created_at: tx.clock.now(),
    });
    if (!created) return false;
    await store.nextGeneration(tx);
    record(tx, { workspace, type: "endpoint.created", subject: `endpoint/${name}`, data: { authMode } });
    return true;
  });
}

const keyContext = (workspace: string, name: string): string => `${workspace}/endpoint/${name}`;

/** The key that callers send. */
export async function keyOf(ctx: Ctx, workspace: string, name: string): Promise<string> {
  const row = await requireEndpoint(ctx, workspace, name);
  return ctx.secrets.open(row.key_sealed, keyContext(workspace, name));
}

export async function deleteEndpoint(ctx: Ctx, workspace: string, name: string): Promise<undefined> {
  await transaction(ctx, async (tx) => {
    await store.takeTurn(tx);
    await requireEndpoint(tx, workspace, name);
    const deployments = await store.listDeploymentRows(tx.db, workspace, name);
    const busy = deployments.find((deployment) => deployment.traffic > 0);
    if (busy) throw hasTraffic(name, busy.name, busy.traffic);
    await store.deleteEndpointRows(tx.db, workspace, name);
    await store.nextGeneration(tx);
    const data = { deployments: deployments.map((deployment) => deployment.name) };
    record(tx, { workspace, type: "endpoint.deleted", subject: `endpoint/${name}`, data });
  });
}

export async function listEndpoints(ctx: Ctx, workspace: string): Promise<Endpoint[]> {
  const rows = await store.listEndpointRows(ctx.db, workspace);
  const deployments = await store.listDeploymentRows(ctx.db, workspace);
  return endpointsOf(ctx, rows, deployments);
}

export async function getEndpoint(ctx: Ctx, workspace: string, name: string): Promise<Endpoint> {
  const row = await requireEndpoint(ctx, workspace, name);
  const [endpoint] = await endpointsOf(ctx, [row], await store.listDeploymentRows(ctx.db, workspace, name));
  return endpoint!;
}

async function endpointsOf(ctx: Ctx, rows: EndpointTable[], deployments: DeploymentTable[]): Promise<Endpoint[]> {
  const [node] = await liveNodes(ctx);
  const reported = await reportedOf(ctx, deployments);
  return rows.map((row) => ({
    name: row.name,
    url: node ? `${node.url}/${row.workspace}/${row.name}` : null,
    authMode: row.auth_mode,
    deployments: deployments
      .filter((deployment) => deployment.endpoint === row.name)
      .map((deployment) => deploymentOf(deployment, reported.get(`${row.name}/${deployment.name}`)!)),
    createdAt: row.created_at,
  }));
}

/** The example request that was logged with a deployed model. */
async function loggedExample(ctx: Ctx, workspace: string, deployment: Deployment | undefined): Promise<unknown> {
  if (!deployment) return null;
  const { name, version, digest } = deployment.model;
  const { facts } = await checkOf(ctx, { workspace, name, version: Number(version) }, digest);
  return facts.inputExample;
}

/** An endpoint with its figures, and the signature of the deployment with the most traffic. */
export async function describeEndpoint(ctx: Ctx, workspace: string, name: string) {
  const endpoint = await getEndpoint(ctx, workspace, name);
  const deployments = await listDeployments(ctx, workspace, name);
  const known = deployments.filter((deployment) => deployment.inputs.length > 0);
  const main = known.sort((a, b) => b.traffic - a.traffic || b.createdAt - a.createdAt)[0];
  const { inputs = [], outputs = [] } = main ?? {};
  return {
    ...endpoint,
    requests: deployments.reduce((sum, deployment) => sum + deployment.requests, 0),
    errors: deployments.reduce((sum, deployment) => sum + deployment.errors, 0),
    p50: main?.p50 ?? null,
    p99: main?.p99 ?? null,
    collectedRows: await collectedRows(ctx, workspace, name),
    inputs,
    outputs,
    example: (await loggedExample(ctx, workspace, main ?? deployments.at(-1))) ?? exampleOf({ inputs, outputs }),
  };
}
