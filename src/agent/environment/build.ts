import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../platform/digest.ts";
import { StepFailed } from "../failure.ts";
import { isFinished, markFinished } from "../finished.ts";
import { at, type EnvironmentLock, requirementsFile } from "./lock.ts";
import { type LockText, readLock } from "./lock-text.ts";
import { installProject, requireUv } from "./project.ts";
import { describePython, findPython, type Python, versionIn } from "./python.ts";
import {
  askTool,
  environmentsFolder,
  type Making,
  type Progress,
  runTool,
  type Workshop,
  withFolder,
} from "./tools.ts";
import { findUv } from "./uv.ts";

/** A folder is named by what it was built from: a lock can say the same for two versions of Python. */
export const folderOf = (workshop: Workshop, { platform, lock }: EnvironmentLock): string =>
  join(environmentsFolder(workshop), sha256(`${platform}\n${lock}`).slice(0, 32));

/** Builds what a lock describes, unless it is there. */
export async function build(workshop: Workshop, lock: EnvironmentLock, making: Making): Promise<string> {
  const folder = folderOf(workshop, lock);
  if (isFinished(folder)) return folder;
  await rm(folder, { recursive: true, force: true });
  const python = await pythonFor(workshop, lock.platform, making);
  const uv = await findUv(workshop, python, making);
  await mkdir(environmentsFolder(workshop), { recursive: true });
  making.onLine(`Building the environment with ${uv ? "uv" : "pip"} …`);
  const text = readLock(lock.lock);
  await withFolder(workshop, async (place) => {
    if (text.files !== null) await making.layOut(text.files, place);
    if (text.isProject) await buildProject(workshop, { place, folder, python }, making);
    else if (uv) await buildWithUv(workshop, uv, { place, folder, python }, text, making);
    else await buildWithPip(workshop, { place, folder, python }, text, making);
  });
  await markFinished(folder);
  return folder;
}

/** With another Python the same packages may compute something else, under the same key. */
async function pythonFor(workshop: Workshop, platform: string, progress: Progress): Promise<Python> {
  const python = await findPython(workshop, versionIn(platform), progress);
  if (python.platform === platform) return python;
  throw new StepFailed(
    `The environment was resolved for ${platform}, and this agent has a Python for ${python.platform}. ` +
      "Install that Python on every agent that shares the steps of a job.",
  );
}

interface Site {
  /** Where the files are that the lock names. */
  place: string;
  /** What is built. */
  folder: string;
  python: Python;
}

/** An environment with nothing in it but pip, which uv asks the index for, where it may be missing. */
async function makeFolder(workshop: Workshop, uv: string, { folder, python }: Site, making: Making): Promise<void> {
  const made = await askTool(workshop, [uv, "venv", "--seed", "--quiet", "--python", python.path, folder], making);
  if (made !== undefined) return;
  making.signal.throwIfAborted();
  await rm(folder, { recursive: true, force: true });
  await runTool(workshop, [python.path, "-m", "venv", folder], making);
}

async function buildProject(workshop: Workshop, site: Site, making: Making): Promise<void> {
  const uv = await requireUv(workshop, site.python, making);
  await makeFolder(workshop, uv, site, making);
  const { place, folder: environment } = site;
  await installProject(workshop, { uv, place, environment, python: site.python.path }, making);
}

/** Nothing but what the lock names: it is complete. Files that are not those of the lock are refused. */
async function buildWithUv(
  workshop: Workshop,
  uv: string,
  site: Site,
  { options, packages }: LockText,
  making: Making,
): Promise<void> {
  await makeFolder(workshop, uv, site, making);
  await writeFile(join(site.place, requirementsFile), [...options, ...packages, ""].join("\n"));
  const into = ["--python", join(site.folder, "bin", "python"), "--no-deps"];
  await runTool(workshop, [uv, "pip", "install", ...into, "-r", requirementsFile], making, at(site.place, options));
}

/** pip asks for the digests of all packages or of none. */
async function buildWithPip(
  workshop: Workshop,
  { place, folder, python }: Site,
  { options, packages }: LockText,
  making: Making,
): Promise<void> {
  await runTool(workshop, [python.path, "-m", "venv", folder], making);
  const hasDigest = (line: string): boolean => line.includes(" --hash=");
  for (const some of [packages.filter(hasDigest), packages.filter((line) => !hasDigest(line))]) {
    if (some.length === 0) continue;
    await writeFile(join(place, requirementsFile), [...options, ...some, ""].join("\n"));
    const install = ["install", "--no-deps", "-r", requirementsFile];
    await runTool(workshop, [join(folder, "bin", "pip"), ...install], making, at(place, options));
  }
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
    await runTool(workshop, [interpreter, "-m", "pip", "install", ...target], progress);
  }
  await markFinished(folder);
  return folder;
}
