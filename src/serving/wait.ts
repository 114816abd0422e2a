/** Resolves after `ms`, or as soon as the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Pauses that double from `first` to `most`, with up to a quarter of chance so that callers do not march in step. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  #next: number;

  constructor(first: number, most: number) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  reset(): void {
    this.#next = this.#first;
  }

  async wait(signal?: AbortSignal): Promise<void> {
    const ms = this.#next * (1 - Math.random() / 4);
    this.#next = Math.min(this.#next * 2, this.#most);
    await pause(ms, signal);
  }
}

/** Resolves to true when the promise settles within `ms`, else to false. */
export async function settles(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController();
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      pause(ms, over.signal).then(() => false),
    ]);
  } finally {
    over.abort();
  }
}
