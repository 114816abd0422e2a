import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../platform/digest.ts";
import { runCommand } from "../platform/process/run.ts";
import { removeFolder } from "../platform/remove.ts";
import { readCondaFile } from "./conda.ts";
import { StepFailed } from "./failure.ts";
import { isFinished, markFinished, removeUnfinished } from "./finished.ts";

export interface EnvironmentLock {
  platform: string;
  lock: string;
}

interface Progress {
  onLine(line: string): void;
  signal: AbortSignal;
}

export interface Environments {
  /** Resolves a conda file to a lock on this machine (or takes the recorded one), and builds it. */
  resolve(
    condaFile: string,
    options: Progress & { recorded(platform: string): Promise<string | null> },
  ): Promise<EnvironmentLock>;
  /** The folder of the environment that a lock describes; built when it is not there yet. */
  ensure(lock: EnvironmentLock, progress: Progress): Promise<string>;
  /** A package for a Python, in a folder of its own for PYTHONPATH: what it is run with stays as it is. */
  addOn(requirement: string, python: string, progress: Progress): Promise<string>;
  /** Removes what an agent that was killed was building. */
  cleanUp(): Promise<void>;
}

interface Python {
  path: string;
  /** `linux-x64-cp311` */
  platform: string;
}

/** Version of uv that is fetched from the package index when the machine has none. */
const uvVersion = "0.13.8";

/** Python environments, each in a folder named by the sha256 of its lock, built once and shared. */
export function openEnvironments({ home, marker }: { home: string; marker: string }): Environments {
  const building = new Map<string, Promise<string>>();
  const environments = join(home, "environments");
  const folderOf = (lock: string) => join(environments, sha256(lock).slice(0, 32));
  /** Of the tools that build, which leave much behind when they are killed. */
  const temporary = join(home, "tmp");
  const [markerName = "", markerValue = ""] = marker.split("=");

  async function run(argv: [string, ...string[]], progress: Progress, quiet = false): Promise<string> {
    const output: string[] = [];
    const tail: string[] = [];
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const outcome = await runCommand({
      argv,
      cwd: home,
      environment: { ...toolEnvironment(), TMPDIR: temporary, [markerName]: markerValue },
      signal: progress.signal,
      onLine(stream, text) {
        if (stream === "stdout") output.push(text);
        tail.push(text);
        if (tail.length > 30) tail.shift();
        if (!quiet) progress.onLine(text);
      },
    });
    progress.signal.throwIfAborted();
    if (outcome.code !== 0) {
      throw new StepFailed(`The environment could not be built: ${tail.join("\n")}`, { retryable: true });
    }
    return output.join("\n");
  }

  /** Gives a folder with a file of requirements, which is gone afterwards. */
  async function withRequirements<T>(
    content: string,
    work: (requirements: string, folder: string) => Promise<T>,
  ): Promise<T> {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(temporary, "build-"));
    const requirements = join(folder, "requirements.txt");
    try {
      await writeFile(requirements, content);
      return await work(requirements, folder);
    } finally {
      await removeFolder(folder);
    }
  }

  async function findPython(
    wanted: string | null,
    progress: Progress,
    names = wanted ? [`python${wanted}`, "python3", "python"] : ["python3", "python"],
  ): Promise<Python> {
    const ask =
      "import sys,platform;print(sys.executable, '%d.%d' % sys.version_info[:2], sys.platform, platform.machine())";
    for (const name of names) {
      const answer = await run([name, "-c", ask], progress, true).catch(() => undefined);
      const [path, version, system, machine] = answer?.trim().split(" ") ?? [];
      if (!path || !version) continue;
      if (wanted && version !== wanted) {
        const platform = `${system}-${machine}-cp${version.replace(".", "")}`;
        const other = await findOther(wanted, { path, platform }, progress);
        if (other) return { path: other, platform: `${system}-${machine}-cp${wanted.replace(".", "")}` };
        progress.onLine(
          `The environment asks for Python ${wanted}; this machine has ${version}, which is used instead.`,
        );
      }
      return { path, platform: `${system}-${machine}-cp${version.replace(".", "")}` };
    }
    throw new StepFailed(
      "There is no Python on this machine. Install Python 3.10 or newer (on Debian: apt-get install python3 python3-venv).",
      { retryable: false },
    );
  }

  /** An interpreter that is on the machine but not on the PATH, where pyenv and uv keep several. */
  async function findOther(wanted: string, known: Python, progress: Progress): Promise<string | undefined> {
    const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
    const names = await readdir(versions).catch(() => []);
    const name = names
      .filter((one) => one.startsWith(`${wanted}.`))
      .sort()
      .at(-1);
    const own = name && join(versions, name, "bin", "python");
    if (own && existsSync(own)) return own;
    const uv = await findUv(known, progress);
    const find = ["python", "find", "--no-project", "--no-python-downloads", wanted];
    const found = uv && (await run([uv, ...find], progress, true).catch(() => undefined));
    return found
      ?.trim()
      .split("\n")
      .find((line) => line.startsWith("/"));
  }

  /** uv, when there is one or the package index has it; otherwise undefined, and pip does the work. */
  async function findUv(python: Python, progress: Progress): Promise<string | undefined> {
    if (await run(["uv", "--version"], progress, true).catch(() => undefined)) return "uv";
    const folder = join(home, "tools", `uv-${uvVersion}`);
    const uv = join(folder, "bin", "uv");
    if (isFinished(folder)) return uv;
    try {
      await rm(folder, { recursive: true, force: true });
      await run([python.path, "-m", "venv", folder], progress, true);
      const pip = join(folder, "bin", "pip");
      await run([pip, "install", "--quiet", "--disable-pip-version-check", `uv==${uvVersion}`], progress, true);
      await markFinished(folder);
      return uv;
    } catch (error) {
      progress.signal.throwIfAborted();
      progress.onLine(
        `uv is not to be had (${String((error as Error).message)
          .split("\n")
          .at(-1)}); pip is used.`,
      );
      return undefined;
    }
  }

  async function build(lock: EnvironmentLock, progress: Progress): Promise<string> {
    const folder = folderOf(lock.lock);
    if (isFinished(folder)) return folder;
    await rm(folder, { recursive: true, force: true });
    const python = await findPython(/cp(\d)(\d+)$/.exec(lock.platform)?.slice(1).join(".") ?? null, progress);
    const uv = await findUv(python, progress);
    await mkdir(environments, { recursive: true });
    progress.onLine(`Building the environment with ${uv ? "uv" : "pip"} …`);
    await withRequirements(lock.lock, async (requirements) => {
      if (uv) {
        await run([uv, "venv", "--seed", "--quiet", "--python", python.path, folder], progress);
        await run([uv, "pip", "install", "--python", join(folder, "bin", "python"), "-r", requirements], progress);
      } else {
        await run([python.path, "-m", "venv", folder], progress);
        const pip = join(folder, "bin", "pip");
        await run([pip, "install", "--disable-pip-version-check", "-r", requirements], progress);
      }
    });
    await markFinished(folder);
    return folder;
  }

  const ensure = async (lock: EnvironmentLock, progress: Progress): Promise<string> => {
    const key = folderOf(lock.lock);
    for (let known = building.get(key); known; known = building.get(key)) {
      try {
        return await known;
      } catch (error) {
        // The task that built it was stopped, which is nothing to do with this one: build it here.
        progress.signal.throwIfAborted();
        if (error instanceof StepFailed) throw error;
      }
    }
    const work = build(lock, progress).finally(() => building.delete(key));
    building.set(key, work);
    return work;
  };

  async function addOn(requirement: string, python: string, progress: Progress): Promise<string> {
    const { platform } = await findPython(null, progress, [python]);
    const folder = join(home, "tools", `${requirement.replace("==", "-")}-${platform}`);
    if (isFinished(folder)) return folder;
    await rm(folder, { recursive: true, force: true });
    const uv = await findUv({ path: python, platform }, progress);
    progress.onLine(`Installing ${requirement} …`);
    const target = ["--quiet", "--target", folder, requirement];
    if (uv) await run([uv, "pip", "install", "--python", python, ...target], progress);
    else await run([python, "-m", "pip", "install", "--disable-pip-version-check", ...target], progress);
    await markFinished(folder);
    return folder;
  }

  return {
    ensure,
    addOn,
    async cleanUp() {
      await removeFolder(temporary);
      await removeUnfinished(environments);
    },
    async resolve(condaFile, options) {
      const wanted = readCondaFile(condaFile);
      const python = await findPython(wanted.python, options);
      const recorded = await options.recorded(python.platform);
      const lock = { platform: python.platform, lock: recorded ?? (await resolveLock(wanted.lines, python, options)) };
      await ensure(lock, options);
      return lock;
    },
  };

  async function resolveLock(lines: string[], python: Python, progress: Progress): Promise<string> {
    const uv = await findUv(python, progress);
    progress.onLine(`Resolving the environment with ${uv ? "uv" : "pip"} …`);
    return withRequirements(`${lines.join("\n")}\n`, async (requirements, folder) => {
      if (uv) {
        const flags = ["--quiet", "--no-header", "--no-annotate", "--python", python.path];
        return `${(await run([uv, "pip", "compile", ...flags, requirements], progress)).trim()}\n`;
      }
      const trial = join(folder, "trial");
      await run([python.path, "-m", "venv", trial], progress);
      const pip = join(trial, "bin", "pip");
      await run([pip, "install", "--disable-pip-version-check", "-r", requirements], progress);
      return `${(await run([pip, "freeze"], progress, true)).trim()}\n`;
    });
  }
}

/** What package tools need of the machine's settings: where indexes are, proxies, certificates. */
function toolEnvironment(): Record<string, string> {
  const wanted =
    /^(PATH|HOME|LANG|LC_\w+|(PIP|UV)_\w+|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/i;
  const passed = Object.entries(process.env).filter(([name, value]) => wanted.test(name) && value !== undefined);
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    UV_CONCURRENT_INSTALLS: String(availableParallelism()),
    UV_NO_PROGRESS: "1",
  };
}
