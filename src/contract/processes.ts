import type { CommandStep } from "./job-definition.ts";

type Started = Pick<CommandStep, "parallel" | "distribution">;

/** So many processes of a step work at the same time, as far as its definition says. */
export function processesOf({ parallel, distribution }: Started): number {
  if (parallel) return parallel.instanceCount * parallel.maxConcurrencyPerInstance;
  if (!distribution) return 1;
  const { type, instanceCount, processesPerInstance, workers, parameterServers } = distribution;
  return type === "tensorflow" ? (workers ?? instanceCount) + parameterServers : instanceCount * processesPerInstance;
}
