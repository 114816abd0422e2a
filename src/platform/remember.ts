import type { Clock } from "./clock.ts";

const mostRemembered = 10_000;

/**
 * Keeps what `load` found for `ms` milliseconds. For what is asked with every request and changes rarely: a change made
 * elsewhere is seen after that time. What `load` throws is not kept.
 */
export function remember<Value>(
  clock: Clock,
  ms: number,
  load: (key: string) => Promise<Value>,
): (key: string) => Promise<Value> {
  const known = new Map<string, { value: Value; until: number }>();
  return async (key) => {
    const found = known.get(key);
    const left = found ? found.until - clock.now() : 0;
    // More than it was given is left when the clock was set back.
    if (found && left > 0 && left <= ms) return found.value;
    const value = await load(key);
    if (known.size >= mostRemembered) known.clear();
    known.set(key, { value, until: clock.now() + ms });
    return value;
  };
}
