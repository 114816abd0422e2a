import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../platform/process/run.ts";
import { removeFolder } from "../../platform/remove.ts";
import { NetworkFailed, StepFailed, saysNetwork } from "../failure.ts";
import { toolEnvironment } from "./tool-environment.ts";

export interface Progress {
  onLine(line: string): void;
  signal: AbortSignal;
}

/** Where the tools that build environments work. */
export interface Workshop {
  home: string;
  /** `NAME=value` in the environment of every process: the next agent of the home ends it by that. */
  marker: string;
  /** What is being made now, by its folder. */
  making: Map<string, Promise<unknown>>;
}

/** What several want at once is made once. Where its maker was stopped, the next one makes it. */
export async function makeOnce<T>(
  { making }: Workshop,
  folder: string,
  { signal }: Progress,
  make: () => Promise<T>,
): Promise<T> {
  for (let known = making.get(folder); known; known = making.get(folder)) {
    try {
      return (await known) as T;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof StepFailed || error instanceof NetworkFailed) throw error;
    }
  }
  const work = make().finally(() => making.delete(folder));
  making.set(folder, work);
  return work;
}

/** Of the tools that build, which leave much behind when they are killed. */
export const temporaryFolder = ({ home }: Workshop): string => join(home, "tmp");

export const environmentsFolder = ({ home }: Workshop): string => join(home, "environments");

interface ToolOptions {
  /** It is only a question: what it says is not shown. */
  quiet?: boolean;
  cwd?: string;
  /** Over the machine's; undefined: without it. */
  environment?: Record<string, string | undefined>;
}

/** Runs a tool to its end and gives what it printed. */
export async function runTool(
  workshop: Workshop,
  argv: [string, ...string[]],
  progress: Progress,
  { quiet = false, cwd = workshop.home, environment = {} }: ToolOptions = {},
): Promise<string> {
  const output: string[] = [];
  const tail: string[] = [];
  const temporary = temporaryFolder(workshop);
  const [markerName = "", markerValue = ""] = workshop.marker.split("=");
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const outcome = await runCommand({
    argv,
    cwd,
    environment: {
      ...toolEnvironment({ ...process.env, ...environment }),
      TMPDIR: temporary,
      [markerName]: markerValue,
    },
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
    const message = `The environment could not be built: ${tail.join("\n")}`;
    throw saysNetwork(message) ? new NetworkFailed(message) : new StepFailed(message);
  }
  return output.join("\n");
}

/** Progress, and how to come by files that a specification or a lock names by the digest of their tree. */
export interface Making extends Progress {
  layOut(tree: string, folder: string): Promise<void>;
}

/** Asks a tool something; undefined when it is not there or does not know. */
export const askTool = (
  workshop: Workshop,
  argv: [string, ...string[]],
  progress: Progress,
  options: ToolOptions = {},
): Promise<string | undefined> => runTool(workshop, argv, progress, { ...options, quiet: true }).catch(() => undefined);

/** Gives a folder, which is gone afterwards. */
export async function withFolder<T>(workshop: Workshop, work: (folder: string) => Promise<T>): Promise<T> {
  const temporary = temporaryFolder(workshop);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(temporary, "build-"));
  try {
    return await work(folder);
  } finally {
    await removeFolder(folder);
  }
}
