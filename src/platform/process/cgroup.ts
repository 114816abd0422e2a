import { accessSync, constants, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "../clock.ts";
import { quoted } from "./quoted.ts";

/** A group of processes that the kernel keeps together: nothing leaves it by forking, or by clearing its environment. */
export interface Cgroup {
  /** In front of what a shell runs: the shell, and with it all that it starts, is inside. On the command's own line, whose
   * number its messages name. */
  enter: string;
  pids(): Promise<number[]>;
  /** Ends whatever is left in it, and removes it. */
  end(): Promise<void>;
}

/** Where this process may make groups (cgroup v2); null when it may not. */
export function findCgroupRoot(): string | null {
  try {
    const mount = readFileSync("/proc/self/mounts", "latin1")
      .split("\n")
      .map((line) => line.split(" "))
      .find((fields) => fields[2] === "cgroup2");
    const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "latin1"));
    if (!mount?.[1] || !own) return null;
    const root = join(mount[1], own[1]!);
    accessSync(join(root, "cgroup.procs"), constants.W_OK);
    accessSync(root, constants.W_OK);
    return root;
  } catch {
    return null;
  }
}

/** Makes a group; undefined when the kernel says no, and its processes are found by other means. */
export function createCgroup(root: string | null, name: string): Cgroup | undefined {
  if (root === null) return undefined;
  const folder = join(root, name);
  try {
    mkdirSync(folder);
  } catch {
    return undefined;
  }
  return cgroupAt(folder);
}

function cgroupAt(folder: string): Cgroup {
  let gone = false;
  const isGone = () => {
    gone ||= remove(folder);
    return gone;
  };
  const pids = async () =>
    (await readFile(join(folder, "cgroup.procs"), "latin1").catch(() => "")).split("\n").filter(Boolean).map(Number);
  return {
    enter: `echo $$ > ${quoted(join(folder, "cgroup.procs"))}; `,
    pids,
    async end() {
      // It cannot be removed before the kernel has let go of the last process.
      for (let round = 0; round < 100 && !isGone(); round++) {
        const left = await pids();
        if (left.length > 0) await writeFile(join(folder, "cgroup.kill"), "1").catch(() => kill(left));
        await sleep(10);
      }
    },
  };
}

/** False while there is a process in it. */
function remove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** Ends the groups that a process that died left, which all begin with `prefix`. */
export async function endCgroups(root: string | null, prefix: string): Promise<void> {
  if (root === null) return;
  const entries = await readdir(root).catch(() => []);
  for (const name of entries) if (name.startsWith(prefix)) await cgroupAt(join(root, name)).end();
}
