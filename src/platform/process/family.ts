import { randomUUID } from "node:crypto";
import type { Cgroup } from "./cgroup.ts";
import { endProcesses, findGroup, findMarked, newestProcess } from "./kill.ts";

/** For so long the number of a process that has ended is not given to another one. */
const numbersLastMs = 5000;

/**
 * All the processes of a command, by whatever they can be known: a variable that each inherits, the group of its first
 * process, and a control group, where there is one. Without it, what empties its environment *and* leaves its group gets
 * away.
 */
export interface Family {
  /** For the environment of the first process. */
  variable: Record<string, string>;
  /** `leader` is the first process, which has a group of its own. */
  begin(leader: number | undefined): void;
  pids(): Promise<number[]>;
  /** Asks all of them to end, and ends those that do not within the grace. */
  stop(graceMs: number): Promise<void>;
  /** Ends what the first process, which has ended, left. */
  endRest(): Promise<void>;
}

export function createFamily(cgroup: Cgroup | undefined): Family {
  const name = "TRAINYARD_PROCESS";
  const value = randomUUID();
  const marker = `${name}=${value}`;
  const before = newestProcess();
  const begun = performance.now();
  let group: number | undefined;

  const pids = async () => {
    const held = (await cgroup?.pids()) ?? [];
    // The group is in the control group, and to look for it takes long.
    const others = held.length > 0 || group === undefined ? held : await findGroup(group);
    return [...new Set([...(await findMarked(marker)), ...others])];
  };
  return {
    variable: { [name]: value },
    begin(leader) {
      group = leader;
    },
    pids,
    async stop(graceMs) {
      await endProcesses(pids, { graceMs });
    },
    async endRest() {
      const isShort = performance.now() - begun < numbersLastMs;
      await endProcesses(() => findMarked(marker, isShort ? before : undefined), { graceMs: 0 });
      killGroup(group);
      await cgroup?.end();
    },
  };
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader) process.kill(-leader, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
