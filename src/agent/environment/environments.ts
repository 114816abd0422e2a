import { removeFolder } from "../../platform/remove.ts";
import { StepFailed } from "../failure.ts";
import { removeUnfinished } from "../finished.ts";
import { build, buildAddOn, folderOf } from "./build.ts";
import { readCondaFile } from "./conda.ts";
import { type EnvironmentLock, resolveLock } from "./lock.ts";
import { findPython } from "./python.ts";
import { environmentsFolder, type Progress, temporaryFolder, type Workshop } from "./tools.ts";

export interface Environments {
  /** Resolves a conda file to a lock on this machine (or takes the recorded one), and builds it. */
  resolve(
    condaFile: string,
    options: Progress & { recorded(platform: string): Promise<string | null> },
  ): Promise<EnvironmentLock>;
  /** The folder of the environment that a lock describes; built when it is not there yet. */
  ensure(lock: EnvironmentLock, progress: Progress): Promise<string>;
  /** A package for a Python, in a folder of its own for PYTHONPATH: what it is run with stays as it is. */
  addOn(requirement: string, python: string, progress: Progress): Promise<string>;
  /** Removes what an agent that was killed was building. */
  cleanUp(): Promise<void>;
}

/** Python environments, each in a folder named by the sha256 of its lock, built once and shared. */
export function openEnvironments(workshop: Workshop): Environments {
  const building = new Map<string, Promise<string>>();

  async function ensure(lock: EnvironmentLock, progress: Progress): Promise<string> {
    const key = folderOf(workshop, lock);
    for (let known = building.get(key); known; known = building.get(key)) {
      try {
        return await known;
      } catch (error) {
        // The task that built it was stopped, which is nothing to do with this one: build it here.
        progress.signal.throwIfAborted();
        if (error instanceof StepFailed) throw error;
      }
    }
    const work = build(workshop, lock, progress).finally(() => building.delete(key));
    building.set(key, work);
    return work;
  }

  return {
    ensure,
    addOn: (requirement, python, progress) => buildAddOn(workshop, requirement, python, progress),
    async cleanUp() {
      await removeFolder(temporaryFolder(workshop));
      await removeUnfinished(environmentsFolder(workshop));
    },
    async resolve(condaFile, options) {
      const wanted = readCondaFile(condaFile);
      const python = await findPython(workshop, wanted.python, options);
      const recorded = await options.recorded(python.platform);
      const lock = recorded ?? (await resolveLock(workshop, wanted.lines, python, options));
      const resolved = { platform: python.platform, lock };
      await ensure(resolved, options);
      return resolved;
    },
  };
}
