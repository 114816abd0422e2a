import type { ChildProcess } from "node:child_process";

const pauseMs = { first: 100, most: 10_000 };
const graceMs = 8000;

/**
 * Keeps a child process running until it is stopped: one that ends, or that this machine has no room to start, is
 * started again after a pause. `onEnd` is told why; only of one that did not start there is an error.
 */
export function keepChild(
  start: () => ChildProcess,
  onEnd: (end: { code: number | null; error?: unknown }) => void,
): { stop(): Promise<void> } {
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let stopped = false;
  let restarts = 0;

  const ended = (code: number | null, error?: unknown) => {
    child = undefined;
    if (stopped) return;
    onEnd({ code, ...(error === undefined ? {} : { error }) });
    again = setTimeout(run, Math.min(pauseMs.first * 2 ** restarts++, pauseMs.most));
  };
  const run = () => {
    try {
      const begun = start();
      child = begun;
      begun.once("exit", (code) => ended(code));
      // One without an id never ran, and has no exit; of one that runs it says that a message could not be sent.
      begun.on("error", (error) => begun.pid === undefined && ended(null, error));
    } catch (error) {
      ended(null, error);
    }
  };
  run();

  return {
    async stop() {
      stopped = true;
      clearTimeout(again);
      const running = child;
      if (!running || running.pid === undefined || running.exitCode !== null) return;
      const gone = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGTERM");
      const force = setTimeout(() => running.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(force);
    },
  };
}
