import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { sleep } from "../clock.ts";
import type { Cgroup } from "./cgroup.ts";
import { endProcesses, findMarked, newestProcess } from "./kill.ts";
import { readLines } from "./lines.ts";

export interface Command {
  argv: [string, ...string[]];
  cwd: string;
  environment: Record<string, string>;
  signal: AbortSignal;
  onLine(stream: "stdout" | "stderr", text: string): void | Promise<void>;
  /** Between asking a process to end and ending it. */
  graceMs?: number;
  /** Holds all that the command starts, which enters it by itself, and is ended with it. */
  cgroup?: Cgroup;
  /** The command runs; `pids` finds all of its processes. */
  onStart?(pids: () => Promise<number[]>): void;
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** How long the output may stay open after the command has ended and all that is known of it was killed. */
const leftoverMs = 1000;
/** For so long the number of a process that has ended is not given to another one. */
const numbersLastMs = 5000;

/**
 * Runs a command to its end, line by line, without a shell of ours. Whatever it started is gone afterwards, also what
 * left its process group; aborting ends it all.
 */
export async function runCommand(command: Command): Promise<Outcome> {
  const marker = `TRAINYARD_PROCESS=${randomUUID()}`;
  const [name = "", value = ""] = marker.split("=");
  const before = newestProcess();
  const begun = performance.now();
  const { cgroup } = command;
  const [program, ...rest] = command.argv;
  const child = spawn(program, rest, {
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
  const pids = async () => [...new Set([...(await findMarked(marker)), ...((await cgroup?.pids()) ?? [])])];
  const stop = () => void endProcesses(pids, { graceMs: command.graceMs ?? 5000 });
  if (command.signal.aborted) stop();
  command.signal.addEventListener("abort", stop, { once: true });
  child.once("spawn", () => command.onStart?.(pids));
  try {
    const outcome = await ended;
    // Leftovers hold the output open; without them it closes at once. What emptied its environment is found by its
    // group at least; what left that too keeps neither us nor the output.
    const isShort = performance.now() - begun < numbersLastMs;
    await endProcesses(() => findMarked(marker, isShort ? before : undefined), { graceMs: 0 });
    killGroup(child.pid);
    await cgroup?.end();
    await Promise.race([closed, sleep(leftoverMs)]);
    child.stdout.destroy();
    child.stderr.destroy();
    return outcome;
  } finally {
    command.signal.removeEventListener("abort", stop);
    await cgroup?.end();
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
