import { Problem } from "../contract/errors.ts";
import type { Limits } from "./config.ts";
import { ModelGone, ModelRefused } from "./model.ts";
import { byteSize, concatenate, type Signature, sliceRows, type Tensor } from "./tensor.ts";

/** Runs a model once: inputs and outputs in the order of its signature. */
export type Run = (inputs: Tensor[]) => Promise<Tensor[]>;

export type BatcherLimits = Pick<Limits, "batchRows" | "queuedRequests" | "queuedBytes" | "queueMs">;

interface Item {
  inputs: Tensor[];
  /** First dimension of every input; undefined if they differ, so that the request runs by itself. */
  rows: number | undefined;
  /** Only requests with the same shape key can share a call. */
  shapeKey: string;
  bytes: number;
  deadline: number;
  /** It was in a call that failed: it now runs by itself, and only this once more. */
  secondTry: boolean;
  resolve: (outputs: Tensor[]) => void;
  reject: (error: Error) => void;
}

/**
 * Adaptive batching: requests queue only while the model is busy (or being restarted), and the next call takes as
 * many of them as fit. An idle model answers at once; a busy one works in ever larger batches. At most one call is
 * under way.
 */
export class Batcher {
  readonly #limits: BatcherLimits;
  readonly #onBatch: (rows: number) => void;
  #queue: Item[] = [];
  #queuedBytes = 0;
  #busy = false;
  #run: Run | undefined;
  #batchable = false;
  #sweeper: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(limits: BatcherLimits, onBatch: (rows: number) => void = () => {}) {
    this.#limits = limits;
    this.#onBatch = onBatch;
  }

  /** Number of requests that wait. */
  get queued(): number {
    return this.#queue.length;
  }

  /** A model is there: work on. */
  attach(signature: Signature, run: Run): void {
    this.#run = run;
    this.#batchable = [...signature.inputs, ...signature.outputs].every((spec) => spec.shape[0] === -1);
    this.#work();
  }

  /** The model is gone: requests wait for the next. */
  detach(): void {
    this.#run = undefined;
  }

  /** Rejects what waits; nothing will run any more. */
  close(reason: Error): void {
    this.#run = undefined;
    for (const item of this.#queue.splice(0)) item.reject(reason);
    this.#queuedBytes = 0;
    this.#settle();
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    if (!this.#busy && this.#queue.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Runs the model on these inputs, perhaps together with others; rejects at once when too much waits already. */
  submit(inputs: Tensor[]): Promise<Tensor[]> {
    const bytes = inputs.reduce((sum, input) => sum + byteSize(input), 0);
    if (this.#queue.length >= this.#limits.queuedRequests || this.#queuedBytes + bytes > this.#limits.queuedBytes) {
      if (this.#queue.length > 0)
        return Promise.reject(new Problem("too_many", `${this.#queue.length} requests wait already; try again soon.`));
    }
    return new Promise((resolve, reject) => {
      const first = inputs[0]?.shape[0];
      const rows = inputs.every((input) => input.shape[0] === first) ? first : undefined;
      const shapeKey = inputs.map((input) => input.shape.slice(1).join()).join(";");
      const deadline = performance.now() + this.#limits.queueMs;
      this.#queue.push({ inputs, rows, shapeKey, bytes, deadline, secondTry: false, resolve, reject });
      this.#queuedBytes += bytes;
      this.#sweeper ??= setInterval(() => this.#sweep(), 250);
      this.#work();
    });
  }

  #work(): void {
    if (this.#busy || !this.#run || this.#queue.length === 0) return;
    this.#busy = true;
    const batch = this.#nextBatch();
    void this.#runBatch(batch, this.#run).finally(() => {
      this.#busy = false;
      this.#work();
      this.#settle();
    });
  }

  /** The longest run of like requests at the head of the queue that fits into one call. */
  #nextBatch(): Item[] {
    const head = this.#queue[0]!;
    let count = 1;
    if (this.#batchable && head.rows !== undefined && !head.secondTry) {
      let rows = head.rows;
      for (; count < this.#queue.length; count++) {
        const next = this.#queue[count]!;
        if (next.secondTry || next.rows === undefined || next.shapeKey !== head.shapeKey) break;
        if (rows + next.rows > this.#limits.batchRows) break;
        rows += next.rows;
      }
    }
    const batch = this.#queue.splice(0, count);
    for (const item of batch) this.#queuedBytes -= item.bytes;
    return batch;
  }

  async #runBatch(batch: Item[], run: Run): Promise<void> {
    try {
      if (batch.length === 1) {
        this.#onBatch(batch[0]!.rows ?? 1);
        batch[0]!.resolve(await run(batch[0]!.inputs));
        return;
      }
      const rows = batch.reduce((sum, item) => sum + item.rows!, 0);
      this.#onBatch(rows);
      const inputs = batch[0]!.inputs.map((_, i) => concatenate(batch.map((item) => item.inputs[i]!)));
      const outputs = await run(inputs);
      if (outputs.some((output) => output.shape[0] !== rows)) {
        // The model folds its rows together after all: from now on, every request runs by itself.
        this.#batchable = false;
        this.#again(batch);
        return;
      }
      let start = 0;
      for (const item of batch) {
        const end = start + item.rows!;
        item.resolve(outputs.map((output) => sliceRows(output, start, end)));
        start = end;
      }
    } catch (error) {
      this.#failed(batch, error as Error);
    }
  }

  /**
   * A call of several requests failed, so each is tried by itself: one bad request must not fail its neighbours.
   * A request that was alone when the process ended is tried once more, because the process may have been killed
   * for another reason; not after a timeout, which would make the caller wait twice.
   */
  #failed(batch: Item[], error: Error): void {
    const alone = batch.length === 1;
    if (!alone || (error instanceof ModelGone && !error.timedOut && !batch[0]!.secondTry)) this.#again(batch);
    else batch[0]!.reject(problemOf(error));
  }

  #again(batch: Item[]): void {
    for (const item of batch) {
      item.secondTry = true;
      this.#queuedBytes += item.bytes;
    }
    this.#queue.unshift(...batch);
  }

  #sweep(): void {
    const now = performance.now();
    if (this.#queue.some((item) => item.deadline <= now)) {
      const late = this.#queue.filter((item) => item.deadline <= now);
      this.#queue = this.#queue.filter((item) => item.deadline > now);
      for (const item of late) {
        this.#queuedBytes -= item.bytes;
        item.reject(new Problem("unavailable", `The model did not get to the request in ${this.#limits.queueMs} ms.`));
      }
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#queue.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    if (!this.#busy) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function problemOf(error: Error): Error {
  if (error instanceof ModelRefused)
    return new Problem("invalid", `The model cannot run on this input: ${error.message}`, { cause: error });
  if (!(error instanceof ModelGone)) return error;
  const message = error.timedOut ? "The model took too long and was stopped." : error.message;
  return new Problem("unavailable", message, { cause: error });
}
