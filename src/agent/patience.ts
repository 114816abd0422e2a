import { Problem } from "../contract/errors.ts";
import { sleep } from "../platform/clock.ts";

/** How often the server is asked: what was done is there already, what is only to be done is lost with nothing. */
export const patience = {
  /** Some eight minutes: a server that is started again, or whose disk is full for a while, takes no longer. */
  long: 120,
  /** Some five seconds. */
  short: 10,
} as const;

const longestPauseMs = 5000;

/**
 * Asks the server until it has an answer: one that cannot be reached, or cannot do it now, is asked again. What it refuses
 * is not asked twice.
 */
export async function askPatiently<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  mostAttempts: number = patience.long,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted || !mayPass(error) || attempt >= mostAttempts) throw error;
      await sleep(Math.min(100 * attempt, longestPauseMs), signal);
    }
  }
}

const passing = new Set(["internal", "unavailable", "too_many"]);
/** Codes of connections that were not made, or broke. Others are this machine's own, such as that its disk is full. */
const ofNetwork = /^(E(CONN|HOST|NET|AI_|PIPE|TIMEDOUT|NOTFOUND|ADDRNOTAVAIL)|UND_|HPE_|ERR_STREAM_PREMATURE_CLOSE)/;

function mayPass(error: unknown): boolean {
  if (error instanceof Problem) return passing.has(error.code);
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return ofNetwork.test(String(cause?.code ?? code));
}
