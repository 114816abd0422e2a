import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../platform/process/run.ts";
import { removeFolder } from "../../platform/remove.ts";
import { StepFailed } from "../failure.ts";

export interface Progress {
  onLine(line: string): void;
  signal: AbortSignal;
}

/** Where the tools that build environments work. */
export interface Workshop {
  home: string;
  /** `NAME=value` in the environment of every process: the next agent of the home ends it by that. */
  marker: string;
}

/** Of the tools that build, which leave much behind when they are killed. */
export const temporaryFolder = ({ home }: Workshop): string => join(home, "tmp");

export const environmentsFolder = ({ home }: Workshop): string => join(home, "environments");

/** Runs a tool to its end and gives what it printed; what it says is shown unless it is only a question. */
export async function runTool(
  workshop: Workshop,
  argv: [string, ...string[]],
  progress: Progress,
  { quiet = false }: { quiet?: boolean } = {},
): Promise<string> {
  const output: string[] = [];
  const tail: string[] = [];
  const temporary = temporaryFolder(workshop);
  const [markerName = "", markerValue = ""] = workshop.marker.split("=");
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const outcome = await runCommand({
    argv,
    cwd: workshop.home,
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

/** Asks a tool something; undefined when it is not there or does not know. */
export const askTool = (
  workshop: Workshop,
  argv: [string, ...string[]],
  progress: Progress,
): Promise<string | undefined> => runTool(workshop, argv, progress, { quiet: true }).catch(() => undefined);

/** Gives a folder with a file of requirements, which is gone afterwards. */
export async function withRequirements<T>(
  workshop: Workshop,
  content: string,
  work: (requirements: string, folder: string) => Promise<T>,
): Promise<T> {
  const temporary = temporaryFolder(workshop);
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
