import { fits, type Resources } from "../../engine/index.ts";
import { type Capacity, type Columns, limitOf, serves } from "./limits.ts";
import type { ComputeTable } from "./schema.ts";

interface Around {
  compute: (Columns & Pick<ComputeTable, "name" | "kind" | "dedicated">) | undefined;
  quota: Columns | undefined;
  /** Those that were heard of in the last minute. */
  agents: Pick<Capacity, "computes" | "containerEngine" | "total">[];
}

/**
 * The CPUs that one step can have at most, beside memory and GPUs that it asks for: with more it would never run. One when
 * no agent is known that could take it.
 */
export function mostCpus({ compute, quota, agents }: Around, asked: Pick<Resources, "memoryMb" | "gpus">): number {
  const able = agents.filter((agent) => compute && serves(agent, compute) && fits({ ...asked, cpus: 0 }, agent.total));
  const largest = Math.max(1, ...able.map(({ total }) => total.cpus));
  const limits = [limitOf(compute).cpus, limitOf(quota).cpus].filter((limit) => limit !== null);
  // Of a compute with less than one, or none, a step has none for itself: it waits, and says so.
  return Math.max(1, Math.min(largest, ...limits));
}
