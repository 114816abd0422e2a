import { join } from "node:path";
import type { Python } from "./python.ts";
import { type Progress, runTool, type Workshop, withRequirements } from "./tools.ts";
import { findUv } from "./uv.ts";

/** What a specification resolved to on a platform: the text of a pip requirements file with every package pinned. */
export interface EnvironmentLock {
  platform: string;
  lock: string;
}

export async function resolveLock(
  workshop: Workshop,
  lines: string[],
  python: Python,
  progress: Progress,
): Promise<string> {
  const uv = await findUv(workshop, python, progress);
  progress.onLine(`Resolving the environment with ${uv ? "uv" : "pip"} …`);
  return withRequirements(workshop, `${lines.join("\n")}\n`, async (requirements, folder) => {
    if (uv) {
      const flags = ["--quiet", "--no-header", "--no-annotate", "--python", python.path];
      return `${(await runTool(workshop, [uv, "pip", "compile", ...flags, requirements], progress)).trim()}\n`;
    }
    const trial = join(folder, "trial");
    await runTool(workshop, [python.path, "-m", "venv", trial], progress);
    const pip = join(trial, "bin", "pip");
    await runTool(workshop, [pip, "install", "--disable-pip-version-check", "-r", requirements], progress);
    return `${(await runTool(workshop, [pip, "freeze"], progress, { quiet: true })).trim()}\n`;
  });
}
