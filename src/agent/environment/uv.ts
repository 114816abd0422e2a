import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isFinished, markFinished } from "../finished.ts";
import type { Python } from "./python.ts";
import { askTool, makeOnce, type Progress, runTool, type Workshop } from "./tools.ts";

/** Version of uv that is fetched from the package index when the machine has none. */
const uvVersion = "0.13.8";

/** uv, when there is one or the package index has it; otherwise undefined, and pip does the work. */
export async function findUv(workshop: Workshop, python: Python, progress: Progress): Promise<string | undefined> {
  if (await askTool(workshop, ["uv", "--version"], progress)) return "uv";
  try {
    const folder = await openToolsOf(workshop, python, progress);
    const mark = join(folder, `uv-${uvVersion}`);
    await makeOnce(workshop, mark, progress, async () => {
      if (isFinished(mark)) return;
      const install = ["install", "--quiet", `uv==${uvVersion}`];
      await runTool(workshop, [join(folder, "bin", "pip"), ...install], progress, { quiet: true });
      await mkdir(mark, { recursive: true });
      await markFinished(mark);
    });
    return join(folder, "bin", "uv");
  } catch (error) {
    progress.signal.throwIfAborted();
    const why = String((error as Error).message)
      .split("\n")
      .at(-1);
    progress.onLine(`uv is not to be had (${why}); pip is used.`);
    return undefined;
  }
}

/** The folder of an environment of our own, with a pip that can report what it would install. */
export async function openToolsOf(workshop: Workshop, python: Python, progress: Progress): Promise<string> {
  const folder = join(workshop.home, "tools", `python-${python.platform}`);
  await makeOnce(workshop, folder, progress, async () => {
    if (isFinished(folder)) return;
    await rm(folder, { recursive: true, force: true });
    await runTool(workshop, [python.path, "-m", "venv", folder], progress, { quiet: true });
    const pip = join(folder, "bin", "pip");
    const said = await runTool(workshop, [pip, "--version"], progress, { quiet: true });
    const [major = 0, minor = 0] = (/^pip (\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
    if (major < 22 || (major === 22 && minor < 2)) {
      await runTool(workshop, [pip, "install", "--quiet", "pip>=22.2"], progress, { quiet: true });
    }
    await markFinished(folder);
  });
  return folder;
}
