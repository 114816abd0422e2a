import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkConstraints, type Requirements } from "./conda.ts";
import { optionsOf, packagesIn, withFittingHashes, writeLock } from "./lock-text.ts";
import { packagesOfReport } from "./pip-report.ts";
import type { Python } from "./python.ts";
import { withoutIndex } from "./tool-environment.ts";
import { askTool, type Making, runTool, type Workshop, withFolder } from "./tools.ts";
import { findUv, openToolsOf } from "./uv.ts";

/** What a specification resolved to on a platform: the text of a pip requirements file with every package pinned. */
export interface EnvironmentLock {
  platform: string;
  lock: string;
}

/** The name of a file beside others that people have named. */
export const requirementsFile = "trainyard-requirements.txt";

/** Finds out which packages, by version and digest, satisfy what was asked for. */
export async function resolveLock(
  workshop: Workshop,
  wanted: Requirements & { files: string | null },
  python: Python,
  making: Making,
): Promise<string> {
  const uv = await findUv(workshop, python, making);
  making.onLine(`Resolving the environment with ${uv ? "uv" : "pip"} …`);
  return withFolder(workshop, async (folder) => {
    if (wanted.files) await making.layOut(wanted.files, folder);
    for (const path of wanted.constraints) checkConstraints(path, await readFile(join(folder, path), "utf8"));
    await writeFile(join(folder, requirementsFile), `${wanted.lines.join("\n")}\n`);
    const place = { folder, python, options: optionsOf(wanted.lines) };
    const packages = uv ? await compile(workshop, uv, place, making) : await tryOut(workshop, place, making);
    return writeLock({ files: wanted.files, isProject: false, options: place.options, packages });
  });
}

interface Place {
  folder: string;
  python: Python;
  options: string[];
}

async function compile(workshop: Workshop, uv: string, place: Place, making: Making): Promise<string[]> {
  const { folder, python, options } = place;
  const flags = ["--no-header", "--no-annotate", "--python", python.path];
  const command: [string, ...string[]] = [uv, "pip", "compile", ...flags, "--generate-hashes", requirementsFile];
  const packages = packagesIn(await runTool(workshop, command, making, at(folder, options)));
  const pinned = "trainyard-pinned.txt";
  await writeFile(join(folder, pinned), [...options, ...packages, ""].join("\n"));
  const inDetail: [string, ...string[]] = [
    uv,
    "pip",
    "compile",
    ...flags,
    "--no-deps",
    "--format",
    "pylock.toml",
    pinned,
  ];
  return withFittingHashes(packages, (await askTool(workshop, inDetail, making, at(folder, options))) ?? "");
}

/** Without uv: what pip would install into an empty environment. */
async function tryOut(workshop: Workshop, { folder, python, options }: Place, making: Making): Promise<string[]> {
  const pip = join(await openToolsOf(workshop, python, making), "bin", "pip");
  const report = join(folder, "trainyard-report.json");
  const trying = ["--dry-run", "--ignore-installed", "--report", report, "-r", requirementsFile];
  await runTool(workshop, [pip, "install", ...trying], making, at(folder, options));
  return packagesOfReport(await readFile(report, "utf8"));
}

/** Where and how a tool reads lines with such options. */
export const at = (cwd: string, options: string[]) => ({
  cwd,
  environment: options.some((line) => /^(-i|--index-url|--no-index)\b/.test(line)) ? withoutIndex : {},
});
