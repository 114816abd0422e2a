import { Problem } from "../contract/errors.ts";
import type { Log } from "../platform/log.ts";
import { Batcher } from "./batcher.ts";
import type { Limits } from "./config.ts";
import { Model } from "./model.ts";
import type { ModelStore } from "./model-store.ts";
import type { ProcessBook } from "./process-book.ts";
import { Statistics } from "./statistics.ts";
import type { Signature, Tensor } from "./tensor.ts";
import { Backoff, settles } from "./wait.ts";

export type InstanceState = "starting" | "ready" | "failed";

export interface InstanceOptions {
  store: ModelStore;
  book: ProcessBook;
  limits: Limits;
  log: Log;
  /** State or error has changed. */
  changed: () => void;
}

const steadyMs = 30_000;

/**
 * One model, kept running for one deployment: fetched, loaded in its own process, started again with growing pauses
 * when it ends by itself. Requests that come while it is restarted for the first time wait for it.
 */
export class Instance {
  readonly digest: string;
  readonly statistics = new Statistics();
  /** Of the model that runs or ran last; undefined before the first load. */
  signature: Signature | undefined;
  error: string | null = null;
  readonly #batcher: Batcher;
  readonly #limits: Limits;
  readonly #stopping = new AbortController();
  readonly #changed: () => void;
  #state: InstanceState = "starting";
  #model: Model | undefined;
  #recovering = false;
  #kept: Promise<void>;

  constructor(digest: string, options: InstanceOptions) {
    const { limits, changed } = options;
    this.digest = digest;
    this.#limits = limits;
    this.#changed = changed;
    this.#batcher = new Batcher(limits, (rows) => this.statistics.batches.observe(rows));
    this.#kept = this.#keepRunning(options);
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** Can a request be given to it? */
  get accepting(): boolean {
    return this.#state === "ready" || this.#recovering;
  }

  get queued(): number {
    return this.#batcher.queued;
  }

  /** Process id of the running model. */
  get pid(): number | undefined {
    return this.#model?.pid;
  }

  submit(inputs: Tensor[]): Promise<Tensor[]> {
    return this.#batcher.submit(inputs);
  }

  /** Answers what it has, for up to `ms`, then ends. Nothing may be submitted any more. */
  async stop(ms: number): Promise<void> {
    await settles(this.#batcher.idle(), ms);
    this.#stopping.abort();
    this.#batcher.close(new Problem("unavailable", "The deployment was stopped."));
    await this.#model?.stop();
    // A download under way cannot hold up the end of the node.
    await settles(this.#kept, 1000);
  }

  async #keepRunning({ store, log, book }: InstanceOptions): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(this.#limits.restartMs, this.#limits.restartMostMs);
    while (!signal.aborted) {
      try {
        const path = await store.onnxFile(this.digest);
        if (signal.aborted) return;
        const model = await Model.start(path, this.#limits, log, book);
        this.#model = model;
        if (signal.aborted) return void (await model.stop());
        const started = Date.now();
        this.signature = model.signature;
        this.#become("ready", null, false);
        this.#batcher.attach(model.signature, (inputs) => model.run(inputs));
        const reason = await model.ended;
        this.#batcher.detach();
        if (signal.aborted) return;
        const steady = Date.now() - started > steadyMs;
        const firstCrash = steady || this.statistics.crashes === 0;
        if (steady) backoff.reset();
        this.statistics.crashes++;
        log.error("a model process ended by itself; starting it again", { digest: this.digest, reason });
        this.#become("starting", reason, firstCrash);
      } catch (error) {
        if (signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        log.error("a model cannot be served; trying again later", { digest: this.digest, error: message });
        this.#batcher.close(new Problem("unavailable", `The model cannot be served: ${message}`));
        this.#become("failed", message, false);
      }
      await backoff.wait(signal);
    }
  }

  #become(state: InstanceState, error: string | null, recovering: boolean): void {
    this.#state = state;
    this.error = error?.slice(0, 5000) ?? null;
    this.#recovering = recovering;
    this.#changed();
  }
}
