import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { Problem } from "../../contract/errors.ts";
import { sleep } from "../clock.ts";

/**
 * Ends every process whose environment carries `marker` (`NAME=value`): a process group misses what forked into a
 * session of its own, the environment is inherited all the same.
 */
export const killMarked = (marker: string, options: { graceMs: number }): Promise<number> =>
  endProcesses(() => findMarked(marker), options);

/** Asks the processes that `find` finds to end, and ends those that do not within the grace; gives how many there were. */
export async function endProcesses(find: () => Promise<number[]>, options: { graceMs: number }): Promise<number> {
  const first = await find();
  if (first.length === 0) return 0;
  for (const pid of first) signal(pid, options.graceMs > 0 ? "SIGTERM" : "SIGKILL");
  const until = performance.now() + options.graceMs;
  while (performance.now() < until && (await find()).length > 0) await sleep(50);
  // A process may fork while the list is read: look again until nothing is left.
  for (let round = 0; round < 20; round++) {
    const left = await find();
    if (left.length === 0) break;
    for (const pid of left) signal(pid, "SIGKILL");
    await sleep(20);
  }
  return first.length;
}

/**
 * The number of the process that was made last: they count up, and begin anew at the end. Undefined where the kernel
 * does not tell.
 */
export function newestProcess(): number | undefined {
  try {
    return Number(readFileSync("/proc/loadavg", "latin1").split(" ")[4]);
  } catch {
    return undefined;
  }
}

/** The processes whose environment carries `marker`; with `since`, of those that were made after that one. */
export async function findMarked(marker: string, since?: number): Promise<number[]> {
  const found: number[] = [];
  await Promise.all(
    (await listSince(since)).map(async (pid) => {
      if (pid === process.pid) return;
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      if (!environment.split("\0").includes(marker)) return;
      const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
      const isThread = Number(/^Tgid:\s+(\d+)/m.exec(status)?.[1]) !== pid;
      const isZombie = /^State:\s+Z/m.test(status);
      if (!isThread && !isZombie) found.push(pid);
    }),
  );
  return found;
}

/** The processes of a group, which is known by the number of its first one. */
export async function findGroup(group: number): Promise<number[]> {
  const all = await listProcesses();
  const fields = await Promise.all(all.map(statusFields));
  return all.filter((_, index) => Number(fields[index]?.[2]) === group && fields[index]?.[0] !== "Z");
}

/** So many numbers are tried: to list all processes takes about as long. */
const mostTried = 100;

/**
 * Processes, maybe threads, that were made after one, or all where that is not known. To read the environment of each
 * process there is takes long, and most steps leave none.
 */
async function listSince(since: number | undefined): Promise<number[]> {
  const newest = since === undefined ? undefined : newestProcess();
  if (since === undefined || newest === undefined || newest < since) return listProcesses();
  if (newest - since > mostTried) return (await listProcesses()).filter((pid) => pid > since);
  const numbers = Array.from({ length: newest - since }, (_, index) => since + 1 + index);
  return numbers.filter((pid) => existsSync(`/proc/${pid}`));
}

const listProcesses = async (): Promise<number[]> =>
  (await readdir("/proc").catch(() => [])).map(Number).filter(Number.isInteger);

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** Is there a process of this number that started when ours did? Numbers are used again. */
export async function isAlive(pid: number, startTime: string | null): Promise<boolean> {
  const now = await startTimeOf(pid);
  return now !== null && (startTime === null || now === startTime);
}

/** When a process started, as the kernel tells it; null when there is none. */
export async function startTimeOf(pid: number): Promise<string | null> {
  const fields = await statusFields(pid);
  // A zombie has ended; it only waits for somebody to ask how.
  return fields?.[0] === "Z" ? null : (fields?.[19] ?? null);
}

/** What the kernel says of a process, from its state on; undefined when there is none. */
async function statusFields(pid: number): Promise<string[] | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  // The name, in brackets, may hold spaces and brackets itself.
  return status?.slice(status.lastIndexOf(")") + 2).split(" ");
}

/** What holds processes, a server or an agent, finds them in /proc: elsewhere it would lose them. */
export function requireLinux(platform: NodeJS.Platform = process.platform): void {
  if (platform === "linux") return;
  throw new Problem("unsupported", `A server runs on Linux only, and this system is ${platform}.`, {
    hint: "Run it in a container or on a machine with Linux; from here, name it with --url and --token.",
  });
}
