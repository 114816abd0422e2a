import type { ChildProcess } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { sleep } from "../../platform/clock.ts";

/** So long it has to clean up; half a minute. */
const rounds = 120;
const betweenMs = 250;

/**
 * Ends what the engine does, from inside: podman, told to end, leaves the containers of an unfinished build behind. When
 * what it runs in them ends instead, the build has failed, and it takes them away itself.
 */
export async function endEngine(child: ChildProcess): Promise<void> {
  let isFailing = false;
  for (let round = 0; round < rounds && isRunning(child); round++) {
    const inside = await startedBy(child.pid!);
    for (const pid of inside) kill(pid);
    isFailing ||= inside.length > 0;
    // It pulls, or stands between two commands.
    if (!isFailing) child.kill("SIGTERM");
    await sleep(betweenMs);
  }
  if (isRunning(child)) child.kill("SIGKILL");
}

const isRunning = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null;

/** What an engine has started, apart from itself: it calls itself to do its work in other namespaces. */
async function startedBy(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir("/proc").catch(() => [])) {
    const status = await readFile(`/proc/${entry}/stat`, "latin1").catch(() => "");
    // Behind the name, which may have anything in it: state and parent.
    const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
    if (parent > 0) parents.set(Number(entry), parent);
  }
  const isBelow = (other: number | undefined): boolean =>
    other !== undefined && (parents.get(other) === pid || isBelow(parents.get(other)));
  const below = [...parents.keys()].filter(isBelow);
  const own = await programOf(pid);
  const programs = await Promise.all(below.map(programOf));
  return below.filter((_, index) => programs[index] !== undefined && programs[index] !== own);
}

const programOf = (pid: number): Promise<string | undefined> => readlink(`/proc/${pid}/exe`).catch(() => undefined);

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
