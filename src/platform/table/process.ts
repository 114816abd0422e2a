import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type ErrorCode, Problem } from "../../contract/errors.ts";

export interface ProcessLimits {
  /** What is read, for messages. */
  what: string;
  /** Longest run; then the process is killed. */
  timeoutMs: number;
  /** Largest resident memory of the process in MiB; beyond it, the process is killed (where the system tells it: Linux). */
  memoryMb: number;
}

export const defaultLimits: ProcessLimits = { what: "the tables", timeoutMs: 30 * 60_000, memoryMb: 1536 };

/** What a program sends when it is done. */
export type Answer<T> = { ok: T } | { problem: { code: ErrorCode; message: string; hint?: string } };

const lookEveryMs = 500;
const keptStderr = 4000;

/**
 * Runs a program in a process of its own and gives its answer. Work with native code goes here: a crash, a hang or its
 * memory never reaches the server. The process dies with the server, with the limits, and when `signal` aborts.
 *
 * A limit that is passed is `unprocessable`: trying again would pass it again. A crash is `unavailable`: it may not.
 */
export function runProgram<T>(
  program: URL,
  request: unknown,
  options: Partial<ProcessLimits> & { signal?: AbortSignal; onStart?: (pid: number) => void },
): Promise<T> {
  const limits = { ...defaultLimits, ...options };
  return new Promise<T>((resolve, reject) => {
    if (options.signal?.aborted) return reject(stopped(limits));
    const child = fork(fileURLToPath(program), [], {
      // Nothing of the server's environment, which may hold secrets, and none of its flags.
      env: { TZ: "UTC" },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let stderr = "";
    let settled = false;
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearInterval(look);
      options.signal?.removeEventListener("abort", abort);
      child.kill("SIGKILL");
      act();
    };
    const fail = (problem: Problem) => settle(() => reject(problem));
    const abort = () => fail(stopped(limits));
    const timer = setTimeout(() => fail(tooSlow(limits)), limits.timeoutMs);
    const look = setInterval(() => {
      void residentMb(child.pid).then((used) => (used > limits.memoryMb ? fail(tooBig(limits)) : undefined));
    }, lookEveryMs);
    options.signal?.addEventListener("abort", abort, { once: true });
    child.stderr?.on("data", (text: Buffer) => {
      stderr = (stderr + text.toString()).slice(-keptStderr);
    });
    child.on("message", (answer) => settle(() => resolveAnswer(answer as Answer<T>, resolve, reject)));
    child.on("error", (cause) => fail(crashed(limits, cause.message, cause)));
    child.on("exit", (code, signal) => fail(crashed(limits, signal ?? `exit code ${code}`, new Error(stderr))));
    if (child.pid) options.onStart?.(child.pid);
    child.send(request as object, (error) => error && fail(crashed(limits, error.message, error)));
  });
}

function resolveAnswer<T>(answer: Answer<T>, resolve: (value: T) => void, reject: (error: Error) => void): void {
  if ("ok" in answer) resolve(answer.ok);
  else reject(new Problem(answer.problem.code, answer.problem.message, { hint: answer.problem.hint }));
}

const stopped = ({ what }: ProcessLimits) => new Problem("unavailable", `Reading ${what} was stopped.`);

const tooSlow = (limits: ProcessLimits) =>
  new Problem(
    "unprocessable",
    `Reading ${limits.what} took longer than ${limits.timeoutMs / 1000} s and was stopped.`,
    {
      hint: "Split it, or keep less in it.",
    },
  );

const tooBig = (limits: ProcessLimits) =>
  new Problem(
    "unprocessable",
    `Reading ${limits.what} took more than ${limits.memoryMb} MiB of memory and was stopped.`,
    {
      hint: "Split it, or keep less in it.",
    },
  );

const crashed = ({ what }: ProcessLimits, how: string, cause: unknown) =>
  new Problem("unavailable", `The process that reads ${what} ended before its answer (${how}).`, { cause });

async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
