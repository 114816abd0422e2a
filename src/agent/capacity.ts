import { availableParallelism, totalmem } from "node:os";
import type { Agent } from "./agent.ts";

/** What this machine has for steps. An agent with more slots than processors was told to run more steps than that. */
export const measureCapacity = ({ slots, gpus }: Pick<Agent, "slots" | "gpus">): Agent["total"] => ({
  cpus: Math.max(availableParallelism(), slots),
  memoryMb: Math.floor(totalmem() / 2 ** 20),
  gpus: gpus.devices?.length ?? 0,
});
