import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { StepFailed } from "../failure.ts";
import { packagesIn, writeLock } from "./lock-text.ts";
import type { Python } from "./python.ts";
import { type Making, runTool, type Workshop, withFolder } from "./tools.ts";
import { findUv } from "./uv.ts";

/** What a project of uv is taken by: as it is locked, without the packages that are for its developers, or itself. */
const asLocked = ["--frozen", "--quiet", "--no-dev"];

/** The Python that a project is pinned to, if it is. */
export const projectPython = (workshop: Workshop, project: string, making: Making): Promise<string | null> =>
  withFolder(workshop, async (folder) => {
    await making.layOut(project, folder);
    const pinned = await readFile(join(folder, ".python-version"), "utf8").catch(() => "");
    return /^\s*(?:cpython[-@])?(\d+\.\d+)/m.exec(pinned)?.[1] ?? null;
  });

/** Its own lock is the lock; what it names is written down for people. */
export async function lockProject(
  workshop: Workshop,
  project: string,
  python: Python,
  making: Making,
): Promise<string> {
  const uv = await requireUv(workshop, python, making);
  return withFolder(workshop, async (folder) => {
    await making.layOut(project, folder);
    const what = [...asLocked, "--no-emit-project", "--no-header", "--no-annotate", "--no-hashes"];
    const printed = await runTool(workshop, [uv, "export", ...what, "--python", python.path], making, { cwd: folder });
    return writeLock({ files: project, isProject: true, options: [], packages: packagesIn(printed) });
  });
}

/** Installs what a project has locked into an environment that is there. */
export async function installProject(
  workshop: Workshop,
  { uv, place, environment, python }: { uv: string; place: string; environment: string; python: string },
  making: Making,
): Promise<void> {
  const what = [...asLocked, "--no-install-project", "--inexact", "--python", python];
  await runTool(workshop, [uv, "sync", ...what], making, {
    ...{ cwd: place, environment: { UV_PROJECT_ENVIRONMENT: environment } },
  });
}

export async function requireUv(workshop: Workshop, python: Python, making: Making): Promise<string> {
  const uv = await findUv(workshop, python, making);
  if (uv) return uv;
  throw new StepFailed("The environment is a project of uv, and there is no uv here. Install uv where the agent runs.");
}
