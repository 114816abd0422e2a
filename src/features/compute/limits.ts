import type { z } from "zod";
import type { agentCapacitySchema } from "../../contract/agent.ts";
import type { Limit } from "../../contract/compute.ts";
import type { Limits } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import type { ComputeTable, QuotaTable } from "./schema.ts";
import * as store from "./store.ts";

export type Capacity = z.output<typeof agentCapacitySchema>;
export type Columns = Pick<ComputeTable | QuotaTable, "max_steps" | "max_cpus" | "max_memory_mb" | "max_gpus">;

export const limitOf = (row: Columns | undefined): Limit => ({
  steps: row?.max_steps ?? null,
  cpus: row?.max_cpus ?? null,
  memoryMb: row?.max_memory_mb ?? null,
  gpus: row?.max_gpus ?? null,
});

export const columnsOf = (limit: Limit): Columns => ({
  max_steps: limit.steps,
  max_cpus: limit.cpus,
  max_memory_mb: limit.memoryMb,
  max_gpus: limit.gpus,
});

const named = (limit: Limit) =>
  Object.fromEntries(Object.entries(limit).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));

/** Is the agent meant for this compute: started for it, or, when it was for none in particular, for all that share agents? */
export const isFor = (
  { computes }: Pick<Capacity, "computes">,
  compute: Pick<ComputeTable, "name" | "dedicated">,
): boolean => (computes ? computes.includes(compute.name) : compute.dedicated === 0);

/** And can it? Without podman or docker it runs no containers. */
export const serves = (
  agent: Pick<Capacity, "computes" | "containerEngine">,
  compute: Pick<ComputeTable, "name" | "dedicated" | "kind">,
): boolean => isFor(agent, compute) && (compute.kind !== "container" || agent.containerEngine !== null);

/** What an agent may claim, and how much of it; everything when it does not say what it has. */
export async function claimable(ctx: Ctx, capacity: Capacity | undefined) {
  const [all, quotas] = await Promise.all([store.listComputes(ctx.db), store.listQuotas(ctx.db)]);
  const limits: Limits = {
    workspaces: new Map(quotas.map((row) => [row.workspace, { ...named(limitOf(row)), weight: row.weight }])),
    computes: new Map(all.map((row) => [row.name, named(limitOf(row))])),
  };
  const served = new Map(all.filter((row) => !capacity || serves(capacity, row)).map((row) => [row.name, row.kind]));
  return { served, limits };
}

/** Keeps what an agent says that it has: people see why a step waits. */
export async function noteCapacity(ctx: Ctx, agent: string, capacity: Capacity): Promise<void> {
  const { computes, slots, total, containerEngine } = capacity;
  await store.putCapacity(ctx.db, {
    ...{ agent, slots, cpus: total.cpus, memory_mb: total.memoryMb, gpus: total.gpus },
    computes: computes && JSON.stringify(computes),
    container_engine: containerEngine,
    last_seen_at: ctx.clock.now(),
  });
}
