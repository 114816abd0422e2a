import type { ReportedServing } from "../contract/serving.ts";
import type { Log } from "../platform/log.ts";
import type { Control } from "./control.ts";
import type { Fleet } from "./fleet.ts";
import { pause } from "./wait.ts";

export interface ReporterOptions {
  node: string;
  url: string;
  fleet: Fleet;
  control: Control;
  log: Log;
  everyMs: number;
  signal: AbortSignal;
}

const none = { inputs: [], outputs: [] };

/** Tells the control plane how the deployments are: soon after a change, and at regular intervals. */
export class Reporter {
  readonly #options: ReporterOptions;
  #sooner = new AbortController();
  #appliedGeneration = -1;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Something changed: report now. */
  wake(): void {
    this.#sooner.abort();
  }

  async run(): Promise<void> {
    const { control, log, everyMs, signal } = this.#options;
    while (!signal.aborted) {
      this.#sooner = new AbortController();
      // Changes come in groups; one report is for all of them.
      await pause(20, signal);
      try {
        const body = this.report();
        const timeout = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
        await control.call((client) => client.serving.report({ body }, { signal: timeout }));
      } catch (error) {
        if (signal.aborted) return;
        log.debug("the control plane took no report", { error: String(error) });
        // While it is away, changes do not make it come back sooner.
        await pause(Math.min(everyMs, 1000), signal);
        continue;
      }
      await pause(everyMs, AbortSignal.any([signal, this.#sooner.signal]));
    }
  }

  report(): ReportedServing {
    const { node, url, fleet } = this.#options;
    if (fleet.applied) this.#appliedGeneration = fleet.generation;
    const deployments = [...fleet.endpoints].flatMap(({ desired, wanted }) =>
      wanted.map(({ deployment, instance }) => {
        const [p50 = null, p99 = null] = instance.statistics.percentiles(0.5, 0.99);
        return {
          workspace: desired.workspace,
          endpoint: desired.name,
          deployment: deployment.name,
          digest: instance.digest,
          state: instance.state,
          error: instance.error,
          ...(instance.signature ?? none),
          requests: instance.statistics.requests,
          errors: instance.statistics.errors,
          p50,
          p99,
        };
      }),
    );
    return { node, url, generation: this.#appliedGeneration, deployments };
  }
}
