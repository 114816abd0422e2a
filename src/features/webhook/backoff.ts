/** How often a delivery is tried before it is parked: the last try is about nine hours after the first. */
export const mostAttempts = 9;

const firstWaitMs = 10_000;
const longestWaitMs = 6 * 60 * 60 * 1000;

/** Milliseconds until the next attempt: 10 s, 30 s, 90 s … 6 h, spread by a fifth so that not all come back at once. */
export function waitAfter(attempts: number, random: () => number = Math.random): number {
  const wait = Math.min(firstWaitMs * 3 ** (attempts - 1), longestWaitMs);
  return Math.round(wait * (0.8 + 0.4 * random()));
}
