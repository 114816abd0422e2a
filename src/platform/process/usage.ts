import { readFile } from "node:fs/promises";

export interface Usage {
  /** Since each process started, with the children that it has waited for. */
  cpuSeconds: number;
  memoryMb: number;
}

/** What the kernel counts in, per second. Linux says 100 to programs, whatever it is built with. */
const ticksPerSecond = 100;

/** What these processes take together. Memory that several of them share is counted once. */
export async function readUsage(pids: number[]): Promise<Usage> {
  const each = await Promise.all(pids.map(async (pid) => ({ cpu: await cpuOf(pid), kb: await memoryOf(pid) })));
  return {
    cpuSeconds: each.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryMb: each.reduce((sum, { kb }) => sum + kb, 0) / 1024,
  };
}

async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  // The name, in brackets, may hold spaces and brackets itself.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}

/** Proportional to how many share a page; where the kernel does not tell, all that is resident. */
async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "latin1").catch(() => "");
  const shared = /^Pss:\s+(\d+) kB/m.exec(rollup);
  if (shared) return Number(shared[1]);
  const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}
