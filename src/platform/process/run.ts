import { spawn } from "node:child_process";
import { sleep } from "../clock.ts";
import type { Cgroup } from "./cgroup.ts";
import { createFamily } from "./family.ts";
import { type LineReader, type OnOutput, readLines } from "./lines.ts";

export interface Command {
  argv: [string, ...string[]];
  cwd: string;
  environment: Record<string, string>;
  signal: AbortSignal;
  onLine: OnOutput;
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

/**
 * Runs a command to its end, line by line, without a shell of ours. Whatever it started is gone afterwards, also what
 * left its process group; aborting ends it all, and what is aborted before is not begun.
 */
export async function runCommand(command: Command): Promise<Outcome> {
  const { cgroup, signal } = command;
  signal.throwIfAborted();
  const family = createFamily(cgroup);
  const [program, ...rest] = command.argv;
  const child = spawn(program, rest, {
    cwd: command.cwd,
    env: { ...command.environment, ...family.variable },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  family.begin(child.pid);
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const readers = [
    readLines(child.stdout, (text, goesOn) => command.onLine("stdout", text, goesOn)),
    readLines(child.stderr, (text, goesOn) => command.onLine("stderr", text, goesOn)),
  ];
  const stop = () => void family.stop(command.graceMs ?? 5000);
  signal.addEventListener("abort", stop, { once: true });
  child.once("spawn", () => command.onStart?.(family.pids));
  try {
    const outcome = await ended;
    // Leftovers hold the output open; without them it closes at once.
    await family.endRest();
    await untilRead(closed, readers, signal);
    child.stdout.destroy();
    child.stderr.destroy();
    return outcome;
  } finally {
    signal.removeEventListener("abort", stop);
    await cgroup?.end();
  }
}

/** How long the output may stay open after all that is known of the command has ended. */
const leftoverMs = 1000;
const lookEveryMs = 100;

/**
 * Until all of the output is read. What got away may hold it open, and that keeps nobody; but while somebody makes us
 * wait with the lines that are there, that is not the output's doing.
 */
async function untilRead(closed: Promise<void>, readers: LineReader[], signal: AbortSignal): Promise<void> {
  let isClosed = false;
  const close = closed.then(() => {
    isClosed = true;
  });
  for (let left = leftoverMs; left > 0 && !isClosed; ) {
    await Promise.race([close, sleep(lookEveryMs)]);
    if (signal.aborted || !readers.some((reader) => reader.isHeld())) left -= lookEveryMs;
  }
}
