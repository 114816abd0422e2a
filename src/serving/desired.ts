import { join } from "node:path";
import { type DesiredServing, desiredServingSchema } from "../contract/serving.ts";
import type { Log } from "../platform/log.ts";
import type { Control } from "./control.ts";
import { readJson, replaceFile } from "./files.ts";
import { Backoff, pause } from "./wait.ts";

export interface DesiredOptions {
  home: string;
  node: string;
  control: Control;
  log: Log;
  pollMs: number;
  apply: (desired: DesiredServing) => void;
  signal: AbortSignal;
}

/** What was desired last, from disk; undefined on a new node. */
export async function rememberedDesired(home: string): Promise<DesiredServing | undefined> {
  const read = desiredServingSchema.safeParse(await readJson(join(home, "desired.json")));
  return read.success ? read.data : undefined;
}

/**
 * Asks the control plane again and again what to serve, applies what is new, and keeps it on disk. While the
 * control plane is away, it asks at growing intervals up to 5 s and leaves everything as it is.
 */
export async function followDesired(options: DesiredOptions): Promise<void> {
  const { home, node, control, log, pollMs, apply, signal } = options;
  const backoff = new Backoff(200, 5000);
  // The first question does not wait, whatever is remembered: the control plane may have been restored to a past state.
  let generation: number | undefined;
  while (!signal.aborted) {
    const asked = Date.now();
    try {
      const query = { node, generation: generation ?? -1, waitMs: generation === undefined ? 0 : pollMs };
      const desired = await control.call((client) =>
        client.serving.desired({ query }, { signal: AbortSignal.any([signal, AbortSignal.timeout(pollMs + 10_000)]) }),
      );
      backoff.reset();
      if (desired.generation !== generation) {
        generation = desired.generation;
        apply(desired);
        await replaceFile(join(home, "desired.json"), JSON.stringify(desired)).catch((error: unknown) =>
          log.error("what to serve could not be kept on disk; a restart needs the control plane", {
            error: String(error),
          }),
        );
      } else if (Date.now() - asked < pollMs / 2) {
        // A control plane that answers at once although nothing is new must not be asked in a tight loop.
        await pause(500, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn("the control plane does not say what to serve; going on as before", { error: String(error) });
      await backoff.wait(signal);
    }
  }
}
