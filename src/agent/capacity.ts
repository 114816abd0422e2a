import { execFile } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { promisify } from "node:util";
import type { Agent } from "./agent.ts";

const run = promisify(execFile);

/** What this machine has for steps. An agent with more slots than processors was told to run more steps than that. */
export async function measureCapacity(slots: number): Promise<Agent["total"]> {
  return {
    cpus: Math.max(availableParallelism(), slots),
    memoryMb: Math.floor(totalmem() / 2 ** 20),
    gpus: await countGpus(),
  };
}

async function countGpus(): Promise<number> {
  const { stdout } = await run("nvidia-smi", ["-L"], { timeout: 10_000 }).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter((line) => line.startsWith("GPU ")).length;
}
