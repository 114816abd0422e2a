/** Devices that a step has until it gives them back. */
export interface HeldGpus {
  devices: string[];
  release(): void;
}

/** The devices of an agent, each of which one step has at a time. */
export interface GpuPool {
  /** Undefined: nobody knows of any, and what a step sees of GPUs is its own affair. */
  devices: readonly string[] | undefined;
  /**
   * Takes so many. The server gives an agent no more steps than it has devices for, but it counts one whose lease is lost
   * as ended: while that is being ended, the next one waits here.
   */
  take(count: number, signal: AbortSignal): Promise<HeldGpus>;
}

interface Waiting {
  count: number;
  have(devices: string[]): void;
}

export function createGpuPool(devices?: readonly string[]): GpuPool {
  const all = devices ?? [];
  const taken = new Set<string>();
  const line = new Set<Waiting>();

  /** In the order in which they came: a step that needs many is not passed over for ever. */
  const serve = () => {
    for (const waiting of line) {
      const free = all.filter((device) => !taken.has(device)).slice(0, waiting.count);
      if (free.length < waiting.count) return;
      for (const device of free) taken.add(device);
      line.delete(waiting);
      waiting.have(free);
    }
  };
  const hold = (held: string[]): HeldGpus => {
    let isHeld = true;
    return {
      devices: held,
      release() {
        // Twice would take them from who has them by then.
        if (!isHeld) return;
        isHeld = false;
        for (const device of held) taken.delete(device);
        serve();
      },
    };
  };

  return {
    devices,
    async take(count, signal) {
      signal.throwIfAborted();
      // Who needs none waits for nobody.
      if (count === 0) return hold([]);
      if (count > all.length) throw new Error(`The step asks for ${count} GPUs; this agent has ${all.length}.`);
      return new Promise<HeldGpus>((resolve, reject) => {
        const waiting: Waiting = {
          count,
          have(held) {
            signal.removeEventListener("abort", give);
            resolve(hold(held));
          },
        };
        const give = () => {
          line.delete(waiting);
          reject(signal.reason);
          serve();
        };
        signal.addEventListener("abort", give, { once: true });
        line.add(waiting);
        serve();
      });
    },
  };
}
