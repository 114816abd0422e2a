import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isFinished, markFinished } from "../finished.ts";
import type { Python } from "./python.ts";
import { askTool, type Progress, runTool, type Workshop } from "./tools.ts";

/** Version of uv that is fetched from the package index when the machine has none. */
const uvVersion = "0.13.8";

/** uv, when there is one or the package index has it; otherwise undefined, and pip does the work. */
export async function findUv(workshop: Workshop, python: Python, progress: Progress): Promise<string | undefined> {
  if (await askTool(workshop, ["uv", "--version"], progress)) return "uv";
  const folder = join(workshop.home, "tools", `uv-${uvVersion}`);
  const uv = join(folder, "bin", "uv");
  if (isFinished(folder)) return uv;
  try {
    await rm(folder, { recursive: true, force: true });
    await runTool(workshop, [python.path, "-m", "venv", folder], progress, { quiet: true });
    const install = ["install", "--quiet", "--disable-pip-version-check", `uv==${uvVersion}`];
    await runTool(workshop, [join(folder, "bin", "pip"), ...install], progress, { quiet: true });
    await markFinished(folder);
    return uv;
  } catch (error) {
    progress.signal.throwIfAborted();
    const why = String((error as Error).message)
      .split("\n")
      .at(-1);
    progress.onLine(`uv is not to be had (${why}); pip is used.`);
    return undefined;
  }
}
