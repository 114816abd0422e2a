import type { z } from "zod";
import { type Compute, type computeContract, computeKinds, type Quota } from "../../contract/compute.ts";
import { conflict, notFound, Problem } from "../../contract/errors.ts";
import { type Load, listLoads, listQueued, type Queued } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { columnsOf, limitOf, serves } from "./limits.ts";
import { livingSince, sumLoads } from "./load.ts";
import type { ComputeTable } from "./schema.ts";
import * as store from "./store.ts";

type NewCompute = z.output<typeof computeContract.create.body>;
type QuotaChange = z.output<typeof computeContract.setQuota.body>;

export async function listComputes(ctx: Ctx): Promise<Compute[]> {
  const [rows, loads, queued, capacities] = await Promise.all([
    store.listComputes(ctx.db),
    listLoads(ctx),
    listQueued(ctx),
    listAgents(ctx),
  ]);
  return rows.map((row) => computeOf(row, loads, queued, capacities));
}

async function listAgents(ctx: Ctx) {
  const [agents, held] = await Promise.all([store.listCapacities(ctx.db, livingSince(ctx)), store.countHeld(ctx.db)]);
  return agents.map((agent) => ({ ...agent, running: held.get(agent.id) ?? 0 }));
}

type Known = Awaited<ReturnType<typeof listAgents>>[number];

function computeOf(row: ComputeTable, loads: Load[], queued: Queued[], capacities: Known[]): Compute {
  return {
    name: row.name,
    kind: row.kind,
    description: row.description,
    builtIn: row.built_in === 1,
    dedicated: row.dedicated === 1,
    network: row.network === 1,
    limit: limitOf(row),
    load: sumLoads(loads.filter(({ compute }) => compute === row.name)),
    queued: queued.reduce((sum, line) => (line.compute === row.name ? sum + line.queued : sum), 0),
    agents: capacities.filter((agent) => serves(agent, row)),
  };
}

export async function getCompute(ctx: Ctx, name: string): Promise<Compute> {
  const found = (await listComputes(ctx)).find((compute) => compute.name === name);
  if (!found) throw notFound("compute", name, "List them with `trainyard compute list`.");
  return found;
}

export async function createCompute(ctx: Ctx, wanted: NewCompute): Promise<Compute> {
  const kind = computeKinds.find((known) => known === wanted.kind);
  if (!kind) {
    throw new Problem("unsupported", `A compute of the kind ${wanted.kind} cannot run steps yet.`, {
      hint: `There are ${computeKinds.join(" and ")}.`,
    });
  }
  return transaction(ctx, async (tx) => {
    const row: ComputeTable = {
      ...{ name: wanted.name, kind, description: wanted.description, built_in: 0 },
      ...{ dedicated: wanted.dedicated ? 1 : 0, network: wanted.network ? 1 : 0, ...columnsOf(wanted.limit) },
    };
    if (!(await store.insertCompute(tx.db, row))) throw conflict(`There is already a compute "${wanted.name}".`);
    record(tx, { workspace: "*", type: "compute.created", subject: `compute/${wanted.name}`, data: { kind } });
    return computeOf(row, [], [], await listAgents(tx));
  });
}

export async function deleteCompute(ctx: Ctx, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const row = await store.findCompute(tx.db, name);
    if (!row) throw notFound("compute", name, "List them with `trainyard compute list`.");
    if (row.built_in) throw conflict(`The compute "${name}" is part of every installation.`);
    const busy = [...(await listLoads(tx)), ...(await listQueued(tx))].some(({ compute }) => compute === name);
    if (busy) throw conflict(`Steps run or wait on the compute "${name}".`, "Cancel them, or wait.");
    const isDefault = (await store.listQuotas(tx.db)).find((quota) => quota.default_compute === name);
    if (isDefault) throw conflict(`The compute "${name}" is the default of the workspace ${isDefault.workspace}.`);
    await store.deleteCompute(tx.db, name);
    record(tx, { workspace: "*", type: "compute.deleted", subject: `compute/${name}` });
  });
}

export async function getQuota(ctx: Ctx, workspace: string): Promise<Quota> {
  const row = await store.findQuota(ctx.db, workspace);
  return {
    limit: limitOf(row),
    weight: row?.weight ?? 1,
    defaultCompute: row?.default_compute ?? "local",
    load: sumLoads((await listLoads(ctx)).filter((load) => load.workspace === workspace)),
  };
}

export async function setQuota(ctx: Ctx, workspace: string, change: QuotaChange): Promise<Quota> {
  return transaction(ctx, async (tx) => {
    const now = await getQuota(tx, workspace);
    const { limit, weight = now.weight, defaultCompute = now.defaultCompute } = change;
    if (!(await store.findCompute(tx.db, defaultCompute))) {
      throw notFound("compute", defaultCompute, "List them with `trainyard compute list`.");
    }
    const columns = columnsOf({ ...now.limit, ...limit });
    await store.putQuota(tx.db, { workspace, weight, default_compute: defaultCompute, ...columns });
    record(tx, { workspace, type: "quota.changed", subject: `workspace/${workspace}`, data: change });
    tx.unit?.afterCommit.push(() => tx.signals.wake("claim"));
    return getQuota(tx, workspace);
  });
}
