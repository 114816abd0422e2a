import type { Deployment } from "../../contract/endpoint.ts";
import { invalid } from "../../contract/errors.ts";
import type { ReportedServing } from "../../contract/serving.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Signature } from "./example.ts";
import type { DeploymentTable, ReportedTable } from "./schema.ts";

/** A node that is silent for longer does not count as alive. */
export const aliveMs = 30_000;
const insertChunk = 50;

/** What is known of a deployment from the nodes that serve it. */
export interface Reported extends Signature {
  state: Deployment["state"];
  error: string | null;
  requests: number;
  errors: number;
  p50: number | null;
  p99: number | null;
}

export interface LiveNode {
  node: string;
  url: string;
  generation: number;
}

/** Nodes that were heard of lately, the last one heard first. */
export const liveNodes = (ctx: Ctx): Promise<LiveNode[]> =>
  ctx.db
    .selectFrom("serving_node")
    .select(["node", "url", "generation"])
    .where("heard_at", ">", ctx.clock.now() - aliveMs)
    .orderBy("heard_at", "desc")
    .orderBy("node")
    .execute();

/** Takes a node's word for what it serves; it replaces what the node said before. */
export async function report(ctx: Ctx, reported: ReportedServing): Promise<undefined> {
  const { node, url, generation, deployments } = reported;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw invalid(`"${url}" is not an http or https address.`);
  await transaction(ctx, async (tx) => {
    const row = { node, url: url.replace(/\/+$/, ""), generation, heard_at: tx.clock.now() };
    await tx.db
      .insertInto("serving_node")
      .values(row)
      .onConflict((known) => known.column("node").doUpdateSet(row))
      .execute();
    await tx.db.deleteFrom("reported_deployment").where("node", "=", node).execute();
    for (let from = 0; from < deployments.length; from += insertChunk) {
      const rows = deployments.slice(from, from + insertChunk).map(({ inputs, outputs, ...deployment }) => ({
        node,
        ...deployment,
        signature: JSON.stringify({ inputs, outputs }),
      }));
      await tx.db.insertInto("reported_deployment").values(rows).execute();
    }
    tx.unit?.afterCommit.push(() => tx.signals.wake("serving.reported"));
  });
}

/** How deployments are, by `<endpoint>/<name>`: what the last-heard live node says of the same model. */
export async function reportedOf(ctx: Ctx, deployments: DeploymentTable[]): Promise<Map<string, Reported>> {
  const [first] = deployments;
  if (!first) return new Map();
  const nodes = await liveNodes(ctx);
  const names = new Set(deployments.map((deployment) => deployment.endpoint));
  let query = ctx.db.selectFrom("reported_deployment").selectAll().where("workspace", "=", first.workspace);
  if (names.size === 1) query = query.where("endpoint", "=", first.endpoint);
  const rows = nodes.length === 0 ? [] : await query.execute();
  return new Map(
    deployments.map((deployment) => {
      const said = nodes.flatMap(({ node }) => rows.filter((row) => row.node === node && isAbout(row, deployment)));
      return [`${deployment.endpoint}/${deployment.name}`, summary(said, nodes.length)];
    }),
  );
}

const isAbout = (row: ReportedTable, deployment: DeploymentTable): boolean =>
  row.endpoint === deployment.endpoint && row.deployment === deployment.name && row.digest === deployment.digest;

function summary(said: ReportedTable[], nodes: number): Reported {
  const [newest] = said;
  const requests = said.reduce((sum, row) => sum + row.requests, 0);
  const errors = said.reduce((sum, row) => sum + row.errors, 0);
  if (newest) {
    const signature = JSON.parse(newest.signature) as Signature;
    const { state, error, p50, p99 } = newest;
    return { state, error, requests, errors, p50, p99, ...signature };
  }
  const state = nodes === 0 ? "stopped" : "starting";
  const error = nodes === 0 ? "no serving node is running" : null;
  return { state, error, requests, errors, p50: null, p99: null, inputs: [], outputs: [] };
}
