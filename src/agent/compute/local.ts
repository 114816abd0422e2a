import { existsSync } from "node:fs";
import { sha256 } from "../../platform/digest.ts";
import { createCgroup, endCgroups, findCgroupRoot } from "../../platform/process/cgroup.ts";
import { endProcesses, killMarked } from "../../platform/process/kill.ts";
import { runCommand } from "../../platform/process/run.ts";
import type { StepCompute } from "./compute.ts";
import { watchMemory } from "./memory.ts";

/** What the names of the control groups of an agent's steps begin with. */
export const cgroupPrefix = (home: string): string => `trainyard-${sha256(home).slice(0, 12)}-`;

interface Options {
  home: string;
  marker: string;
  /** Where it makes control groups; null: nowhere. */
  root?: string | null;
}

/** Steps as processes of this machine. */
export function openLocalCompute({ home, marker, root = findCgroupRoot() }: Options): StepCompute {
  const shell = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
  const prefix = cgroupPrefix(home);
  const [markerName = "", markerValue = ""] = marker.split("=");
  /** Gives the processes of a step that runs. */
  const running = new Set<() => Promise<number[]>>();
  return {
    async run(launch) {
      const memory = watchMemory(launch);
      let find = async (): Promise<number[]> => [];
      const cgroup = createCgroup(root, `${prefix}${sha256(launch.id).slice(0, 24)}`);
      try {
        const outcome = await runCommand({
          argv: [shell, "-c", `${cgroup?.enter ?? ""}${launch.command}`],
          cwd: launch.code,
          environment: { ...launch.environment, [markerName]: markerValue },
          signal: memory.signal,
          onLine: launch.onLine,
          graceMs: launch.graceMs,
          cgroup,
          onStart(pids) {
            find = pids;
            running.add(find);
            memory.start(pids);
            launch.onStart?.(pids);
          },
        });
        return { ...outcome, because: memory.exceeded() };
      } finally {
        memory.stop();
        running.delete(find);
      }
    },
    async cleanUp() {
      for (const find of running) await endProcesses(find, { graceMs: 0 });
      await killMarked(marker, { graceMs: 0 });
      await endCgroups(root, prefix);
    },
  };
}
