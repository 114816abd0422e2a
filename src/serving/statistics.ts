/** Counts values in buckets, as Prometheus wants them: each bucket counts what is at most its bound. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) this.counts[bucket]!++;
  }
}

const windowSize = 1000;
const secondsBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const rowsBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** What happened to the requests of one deployment since the node started to serve this model. */
export class Statistics {
  requests = 0;
  /** Answers 429 and 5xx: what is not the caller's fault. */
  errors = 0;
  crashes = 0;
  readonly byStatus = new Map<number, number>();
  readonly seconds = new Histogram(secondsBounds);
  readonly batches = new Histogram(rowsBounds);
  /** Milliseconds of the newest requests that were answered with success; a ring. */
  readonly #newest = new Float64Array(windowSize);
  #answered = 0;

  count(status: number, milliseconds: number): void {
    this.requests++;
    if (status === 429 || status >= 500) this.errors++;
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    this.seconds.observe(milliseconds / 1000);
    if (status < 400) this.#newest[this.#answered++ % windowSize] = milliseconds;
  }

  /** Milliseconds below which `shares` of the newest answers stayed; null before the first. */
  percentiles(...shares: number[]): (number | null)[] {
    const filled = Math.min(this.#answered, windowSize);
    const sorted = this.#newest.slice(0, filled).sort();
    return shares.map((share) => (filled === 0 ? null : sorted[Math.min(filled - 1, Math.ceil(share * filled) - 1)]!));
  }
}
