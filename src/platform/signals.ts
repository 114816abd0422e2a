/**
 * Wake-ups inside one process: a claim that waits for work, a log reader that waits for lines. A signal carries
 * no data and may be missed (another server may have made the change), so every waiter also looks by itself.
 */
export interface Signals {
  wake(topic: string): void;
  /** Resolves at the next wake-up of the topic, after `ms`, or when `signal` aborts. */
  wait(topic: string, ms: number, signal?: AbortSignal): Promise<void>;
}

export function createSignals(): Signals {
  const waiters = new Map<string, Set<() => void>>();
  return {
    wake(topic) {
      for (const resolve of waiters.get(topic) ?? []) resolve();
    },
    wait(topic, ms, signal) {
      return new Promise((resolve) => {
        const set = waiters.get(topic) ?? new Set();
        waiters.set(topic, set);
        const done = () => {
          clearTimeout(timer);
          set.delete(done);
          if (set.size === 0 && waiters.get(topic) === set) waiters.delete(topic);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        set.add(done);
        if (signal?.aborted) done();
        else signal?.addEventListener("abort", done, { once: true });
      });
    },
  };
}
