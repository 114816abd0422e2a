import type { EnvironmentPayload } from "../../contract/agent.ts";
import { removeFolder } from "../../platform/remove.ts";
import { removeUnfinished } from "../finished.ts";
import { build, buildAddOn, folderOf } from "./build.ts";
import { readCondaFile } from "./conda.ts";
import { type EnvironmentLock, resolveLock } from "./lock.ts";
import { lockProject, projectPython } from "./project.ts";
import { findPython } from "./python.ts";
import { environmentsFolder, type Making, makeOnce, type Progress, temporaryFolder, type Workshop } from "./tools.ts";

/** Packages of Python, as a definition asks for them. */
type Packages = Pick<EnvironmentPayload, "condaFile" | "files" | "uvProject">;

export interface Environments {
  /** Resolves a specification to a lock on this machine (or takes the recorded one), and builds it. */
  resolve(
    specification: Packages,
    options: Making & { recorded(platform: string): Promise<string | null> },
  ): Promise<EnvironmentLock>;
  /** The folder of the environment that a lock describes; built when it is not there yet. */
  ensure(lock: EnvironmentLock, making: Making): Promise<string>;
  /** A package for a Python, in a folder of its own for PYTHONPATH: what it is run with stays as it is. */
  addOn(requirement: string, python: string, progress: Progress): Promise<string>;
  /** Removes what an agent that was killed was building. */
  cleanUp(): Promise<void>;
}

/** Python environments, each in a folder named by its platform and lock, built once and shared. */
export function openEnvironments(place: Pick<Workshop, "home" | "marker">): Environments {
  const workshop: Workshop = { ...place, making: new Map() };

  const ensure = (lock: EnvironmentLock, making: Making): Promise<string> =>
    makeOnce(workshop, folderOf(workshop, lock), making, () => build(workshop, lock, making));

  return {
    ensure,
    addOn: (requirement, python, progress) => buildAddOn(workshop, requirement, python, progress),
    async cleanUp() {
      await removeFolder(temporaryFolder(workshop));
      await removeUnfinished(environmentsFolder(workshop));
    },
    async resolve({ condaFile, files = null, uvProject }, options) {
      const wanted = uvProject === undefined ? readCondaFile(condaFile ?? "", files !== null) : undefined;
      const version = wanted ? wanted.python : await projectPython(workshop, uvProject!, options);
      const python = await findPython(workshop, version, options);
      const recorded = await options.recorded(python.platform);
      const resolving = () =>
        wanted
          ? resolveLock(workshop, { ...wanted, files }, python, options)
          : lockProject(workshop, uvProject!, python, options);
      const lock = recorded ?? (await resolving());
      const resolved = { platform: python.platform, lock };
      await ensure(resolved, options);
      return resolved;
    },
  };
}
