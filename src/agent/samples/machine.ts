import { execFile } from "node:child_process";
import { readFile, statfs } from "node:fs/promises";
import { cpus } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);
const mega = 1e6;

type Values = Record<string, number>;

/** Reads what the whole machine uses, under the names that MLflow gives system metrics. */
export function createMachineReader(options: { folder: string; gpus: number }): () => Promise<Values> {
  let before = ticks();
  let networkBefore: Promise<Traffic> | undefined;
  return async () => {
    const now = ticks();
    const busy = share(now.busy - before.busy, now.all - before.all);
    before = now;
    networkBefore ??= readTraffic();
    const [memory, disk, first, traffic, gpus] = await Promise.all([
      readMemory(),
      readDisk(options.folder),
      networkBefore,
      readTraffic(),
      options.gpus > 0 ? readGpus() : {},
    ]);
    return {
      cpu_utilization_percentage: busy,
      ...memory,
      ...disk,
      network_receive_megabytes: (traffic.received - first.received) / mega,
      network_transmit_megabytes: (traffic.sent - first.sent) / mega,
      ...gpus,
    };
  };
}

const share = (part: number, all: number): number => (all > 0 ? (100 * part) / all : 0);

function ticks(): { busy: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { all, busy: all - times.reduce((sum, { idle }) => sum + idle, 0) };
}

async function readMemory(): Promise<Values> {
  const text = await readFile("/proc/meminfo", "latin1").catch(() => "");
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1024;
  const total = of("MemTotal");
  if (total === 0) return {};
  const used = total - of("MemAvailable");
  return { system_memory_usage_megabytes: used / mega, system_memory_usage_percentage: share(used, total) };
}

async function readDisk(folder: string): Promise<Values> {
  const disk = await statfs(folder).catch(() => undefined);
  if (!disk) return {};
  const used = (disk.blocks - disk.bfree) * disk.bsize;
  const free = disk.bavail * disk.bsize;
  return {
    disk_usage_percentage: share(used, used + free),
    disk_usage_megabytes: used / mega,
    disk_available_megabytes: free / mega,
  };
}

interface Traffic {
  received: number;
  sent: number;
}

async function readTraffic(): Promise<Traffic> {
  const text = await readFile("/proc/net/dev", "latin1").catch(() => "");
  const sum: Traffic = { received: 0, sent: 0 };
  for (const [, , values = ""] of text.matchAll(/^\s*(\S+):\s*(.*)$/gm)) {
    const fields = values.split(/\s+/).map(Number);
    sum.received += fields[0] ?? 0;
    sum.sent += fields[8] ?? 0;
  }
  return sum;
}

const gpuQuery = "index,utilization.gpu,memory.used,memory.total,power.draw";

async function readGpus(): Promise<Values> {
  const argv = [`--query-gpu=${gpuQuery}`, "--format=csv,noheader,nounits"];
  const { stdout } = await run("nvidia-smi", argv, { timeout: 5000 }).catch(() => ({ stdout: "" }));
  return gpuValues(stdout);
}

/** Lines of `nvidia-smi` as metrics; what a card does not tell is left out. */
export function gpuValues(csv: string): Values {
  const values: Values = {};
  for (const line of csv.split("\n").filter(Boolean)) {
    const [index, busy, used, total, power] = line.split(",").map((field) => Number.parseFloat(field));
    const put = (name: string, value: number | undefined) => {
      if (value !== undefined && Number.isFinite(value)) values[`gpu_${index}_${name}`] = value;
    };
    put("utilization_percentage", busy);
    put("memory_usage_megabytes", used);
    put("memory_usage_percentage", share(used ?? Number.NaN, total ?? 0));
    put("power_usage_watts", power);
  }
  return values;
}
