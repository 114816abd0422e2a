import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { StepFailed } from "../failure.ts";
import { askTool, type Progress, type Workshop } from "./tools.ts";
import { findUv } from "./uv.ts";

export interface Python {
  path: string;
  /** `linux-x86_64-cp311` */
  platform: string;
}

/** The Python of a version, or of the platform of a lock, that this machine has; else the one that it has. */
export async function findPython(workshop: Workshop, wanted: string | null, progress: Progress): Promise<Python> {
  const names = [...(wanted ? [`python${wanted}`] : []), "python3", "python"];
  for (const name of names) {
    const found = await describePython(workshop, name, progress);
    if (!found) continue;
    if (wanted === null || found.version === wanted) return found;
    const other = await findOther(workshop, wanted, found, progress);
    if (other) return { path: other, platform: `${found.machine}-${tagOf(wanted)}` };
    progress.onLine(
      `The environment asks for Python ${wanted}; this machine has ${found.version}, which is used instead.`,
    );
    return found;
  }
  throw new StepFailed(
    "There is no Python on this machine. Install Python 3.10 or newer (on Debian: apt-get install python3 python3-venv).",
    { retryable: false },
  );
}

interface DescribedPython extends Python {
  version: string;
  /** `linux-x86_64` */
  machine: string;
}

/** What a program is, if it is a Python. */
export async function describePython(
  workshop: Workshop,
  program: string,
  progress: Progress,
): Promise<DescribedPython | undefined> {
  const ask =
    "import sys,platform;print(sys.executable, '%d.%d' % sys.version_info[:2], sys.platform, platform.machine())";
  const answer = await askTool(workshop, [program, "-c", ask], progress);
  const [path, version, system, processor] = answer?.trim().split(" ") ?? [];
  if (!path || !version) return undefined;
  const machine = `${system}-${processor}`;
  return { path, version, machine, platform: `${machine}-${tagOf(version)}` };
}

const tagOf = (version: string): string => `cp${version.replace(".", "")}`;

/** `linux-x86_64-cp311` → `3.11` */
export const versionIn = (platform: string): string | null => /cp(\d)(\d+)$/.exec(platform)?.slice(1).join(".") ?? null;

/** An interpreter that is on the machine but not on the PATH, where pyenv and uv keep several. */
async function findOther(
  workshop: Workshop,
  wanted: string,
  known: Python,
  progress: Progress,
): Promise<string | undefined> {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const names = await readdir(versions).catch(() => []);
  const name = names
    .filter((one) => one.startsWith(`${wanted}.`))
    .sort()
    .at(-1);
  const own = name && join(versions, name, "bin", "python");
  if (own && existsSync(own)) return own;
  const uv = await findUv(workshop, known, progress);
  const find = ["python", "find", "--no-project", "--no-python-downloads", wanted];
  const found = uv && (await askTool(workshop, [uv, ...find], progress));
  return found
    ?.trim()
    .split("\n")
    .find((line) => line.startsWith("/"));
}
