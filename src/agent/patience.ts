import { Problem } from "../contract/errors.ts";
import { sleep } from "../platform/clock.ts";

/** Some eight minutes: a server that is started again, or whose disk is full for a while, takes no longer. */
const mostAttempts = 120;
const longestPauseMs = 5000;

/**
 * Asks the server until it has an answer: one that cannot be reached, or cannot do it now, is asked again. What it refuses
 * is not asked twice.
 */
export async function askPatiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted || isRefusal(error) || attempt >= mostAttempts) throw error;
      await sleep(Math.min(100 * attempt, longestPauseMs), signal);
    }
  }
}

const passing = new Set(["internal", "unavailable", "too_many"]);
/** Of a connection that was not made, or broke; other codes are this machine's own, such as that its disk is full. */
const ofNetwork = /^(E(CONN|HOST|NET|AI_|PIPE|TIMEDOUT|NOTFOUND)|UND_)/;

function isRefusal(error: unknown): boolean {
  if (error instanceof Problem) return !passing.has(error.code);
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const said = cause?.code ?? code;
  return typeof said === "string" && !ofNetwork.test(said);
}
