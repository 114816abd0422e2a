import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { sleep } from "../clock.ts";
import { killMarked, listProcesses } from "./kill.ts";

export interface Command {
  argv: [string, ...string[]];
  cwd: string;
  environment: Record<string, string>;
  signal: AbortSignal;
  onLine(stream: "stdout" | "stderr", text: string): void;
  /** Between asking a process to end and ending it. */
  graceMs?: number;
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** How long the output may stay open after the command has ended and all that is known of it was killed. */
const leftoverMs = 1000;
/** For so long the number of a process that has ended is not given to another one. */
const numbersLastMs = 5000;
const longestLine = 64 * 1024;

/**
 * Runs a command to its end, line by line, without a shell of ours. Whatever it started is gone afterwards, also what
 * left its process group; aborting ends it all.
 */
export async function runCommand(command: Command): Promise<Outcome> {
  const marker = `TRAINYARD_PROCESS=${randomUUID()}`;
  const [name = "", value = ""] = marker.split("=");
  const before = await listProcesses();
  const begun = performance.now();
  const child = spawn(command.argv[0], command.argv.slice(1), {
    cwd: command.cwd,
    env: { ...command.environment, [name]: value },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  readLines(child.stdout, (text) => command.onLine("stdout", text));
  readLines(child.stderr, (text) => command.onLine("stderr", text));
  const stop = () => void killMarked(marker, { graceMs: command.graceMs ?? 5000 });
  if (command.signal.aborted) stop();
  command.signal.addEventListener("abort", stop, { once: true });
  try {
    const outcome = await ended;
    // Leftovers hold the output open; without them it closes at once. What emptied its environment is found by its
    // group at least; what left that too keeps neither us nor the output.
    const isShort = performance.now() - begun < numbersLastMs;
    await killMarked(marker, { graceMs: 0, before: isShort ? before : undefined });
    killGroup(child.pid);
    await Promise.race([closed, sleep(leftoverMs)]);
    child.stdout.destroy();
    child.stderr.destroy();
    return outcome;
  } finally {
    command.signal.removeEventListener("abort", stop);
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

function readLines(stream: Readable, onLine: (text: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => {
    rest += part;
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(visible(line));
    while (rest.length > longestLine) {
      onLine(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
  });
  stream.on("end", () => {
    if (rest) onLine(visible(rest));
  });
}

/** Of a progress bar that returns to the start of the line, what a terminal would show last. */
const visible = (line: string): string => {
  const trimmed = line.endsWith("\r") ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
};
