import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sha256 } from "../../src/platform/digest.ts";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../../.cache", import.meta.url));

const uv = join(cache, "uv");

/** Where `uv` is, once a Python has been made. */
export const uvFolder = join(uv, "bin");

export const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** Has `uv` in its folder, once and for all tests. */
export async function makeUv(): Promise<void> {
  if (existsSync(join(uvFolder, "uv"))) return;
  await mkdir(cache, { recursive: true });
  await run("python3", ["-m", "venv", uv]);
  await run(join(uvFolder, "pip"), ["install", "--quiet", "uv"]);
}

/** A Python with pinned packages; made once and kept in `.cache/`, named after what is in it. */
export async function pythonWith(name: string, packages: string[]): Promise<string> {
  const folder = join(cache, `${name}-${sha256(packages.join(" ")).slice(0, 12)}`);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return python;
  await makeUv();
  // Several may make it at once; the first one to finish counts.
  const unfinished = `${folder}-unfinished-${process.pid}`;
  await run("python3", ["-m", "venv", "--without-pip", unfinished]);
  const inside = join(unfinished, "bin", "python");
  await run(join(uvFolder, "uv"), ["pip", "install", "--quiet", "--python", inside, ...packages]);
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }));
  return python;
}
