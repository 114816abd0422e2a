import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../platform/digest.ts";
import { StepFailed } from "../failure.ts";
import { isFinished, markFinished } from "../finished.ts";
import type { EnvironmentLock } from "./lock.ts";
import { describePython, findPython, versionIn } from "./python.ts";
import { environmentsFolder, type Progress, runTool, type Workshop, withRequirements } from "./tools.ts";
import { findUv } from "./uv.ts";

/** A folder is named by the content of the lock that it was built from. */
export const folderOf = (workshop: Workshop, { lock }: EnvironmentLock): string =>
  join(environmentsFolder(workshop), sha256(lock).slice(0, 32));

/** Builds what a lock describes, unless it is there. */
export async function build(workshop: Workshop, lock: EnvironmentLock, progress: Progress): Promise<string> {
  const folder = folderOf(workshop, lock);
  if (isFinished(folder)) return folder;
  await rm(folder, { recursive: true, force: true });
  const python = await findPython(workshop, versionIn(lock.platform), progress);
  const uv = await findUv(workshop, python, progress);
  await mkdir(environmentsFolder(workshop), { recursive: true });
  progress.onLine(`Building the environment with ${uv ? "uv" : "pip"} …`);
  await withRequirements(workshop, lock.lock, async (requirements) => {
    if (uv) {
      await runTool(workshop, [uv, "venv", "--seed", "--quiet", "--python", python.path, folder], progress);
      const into = ["--python", join(folder, "bin", "python")];
      await runTool(workshop, [uv, "pip", "install", ...into, "-r", requirements], progress);
    } else {
      await runTool(workshop, [python.path, "-m", "venv", folder], progress);
      const pip = join(folder, "bin", "pip");
      await runTool(workshop, [pip, "install", "--disable-pip-version-check", "-r", requirements], progress);
    }
  });
  await markFinished(folder);
  return folder;
}

/** Installs a package for a Python into a folder of its own, unless it is there. */
export async function buildAddOn(
  workshop: Workshop,
  requirement: string,
  interpreter: string,
  progress: Progress,
): Promise<string> {
  const python = await describePython(workshop, interpreter, progress);
  if (!python) throw new StepFailed(`${interpreter} is no Python that works.`, { retryable: false });
  const folder = join(workshop.home, "tools", `${requirement.replace("==", "-")}-${python.platform}`);
  if (isFinished(folder)) return folder;
  await rm(folder, { recursive: true, force: true });
  const uv = await findUv(workshop, { ...python, path: interpreter }, progress);
  progress.onLine(`Installing ${requirement} …`);
  const target = ["--quiet", "--target", folder, requirement];
  if (uv) await runTool(workshop, [uv, "pip", "install", "--python", interpreter, ...target], progress);
  else {
    await runTool(workshop, [interpreter, "-m", "pip", "install", "--disable-pip-version-check", ...target], progress);
  }
  await markFinished(folder);
  return folder;
}
