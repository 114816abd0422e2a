import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Problem } from "../contract/errors.ts";
import type { CollectedRow } from "../contract/serving.ts";
import type { Log } from "../platform/log.ts";
import type { Limits } from "./config.ts";
import type { Control } from "./control.ts";
import { readJson, replaceFile } from "./files.ts";
import { type Answered, rowsOf } from "./rows.ts";
import { type Segment, Spool } from "./spool.ts";
import { byteSize } from "./tensor.ts";
import { Backoff, pause } from "./wait.ts";

export interface CollectorOptions {
  home: string;
  node: string;
  control: Control;
  log: Log;
  limits: Limits;
}

const writeEveryMs = 50;
const mostWaiting = 20_000;
const mostWaitingBytes = 64 * 1024 * 1024;
/** Requests turned into rows at once; in between, callers are answered. */
const sliceSize = 200;
/** Answers that no repetition changes: the endpoint is gone, or the rows are not accepted. */
const hopeless = new Set(["not_found", "invalid", "unprocessable", "too_large"]);

interface Open {
  workspace: string;
  endpoint: string;
  answered: Answered[];
  since: number;
  rows: number;
}

/**
 * Takes answered requests, writes their rows to the spool and delivers sealed segments. Answering never waits for
 * it: what it cannot take is dropped and counted.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #spool: Spool;
  readonly #open = new Map<string, Open>();
  readonly #stopping = new AbortController();
  #waiting = 0;
  #waitingBytes = 0;
  #sender = "";
  #loops: Promise<void>[] = [];
  delivered = 0;
  #dropped = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#spool = new Spool(options.home, options.limits);
  }

  get dropped(): number {
    return this.#dropped + this.#spool.droppedRows;
  }

  get spoolBytes(): number {
    return this.#spool.bytes;
  }

  async start(): Promise<void> {
    const { home, node } = this.#options;
    // Sequences start at 1 in a new spool: its own name keeps them apart from those of a spool that was deleted.
    await this.#spool.recover();
    const path = join(home, "spool", "name.json");
    const stored = (await readJson(path)) as { name?: string } | undefined;
    const name = stored?.name ?? randomBytes(6).toString("hex");
    if (!stored) await replaceFile(path, JSON.stringify({ name }));
    this.#sender = `${node}+${name}`;
    this.#loops = [this.#writeLoop(), this.#deliverLoop()];
  }

  add(workspace: string, endpoint: string, answered: Answered): void {
    const full = this.#waiting >= mostWaiting || this.#waitingBytes >= mostWaitingBytes;
    if (full || this.#stopping.signal.aborted) {
      this.#dropped += answered.inputs[0]?.shape[0] ?? 1;
      return;
    }
    const key = `${workspace}/${endpoint}`;
    let open = this.#open.get(key);
    if (!open) {
      open = { workspace, endpoint, answered: [], since: 0, rows: 0 };
      this.#open.set(key, open);
    }
    open.answered.push(answered);
    this.#waiting++;
    this.#waitingBytes += bytesOf(answered);
  }

  /** Writes and seals what is there, so that the next process delivers it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await this.#write(true);
  }

  async #writeLoop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#write(false);
      await pause(writeEveryMs, signal);
    }
  }

  async #write(sealAll: boolean): Promise<void> {
    const { limits, log } = this.#options;
    for (const [key, open] of this.#open) {
      try {
        while (open.answered.length > 0) {
          await this.#writeSlice(open);
          await nextTurn();
        }
        const due = sealAll || Date.now() - open.since >= limits.segmentMs;
        if (open.rows > 0 && due) await this.#seal(open);
        if (open.rows === 0 && open.answered.length === 0) this.#open.delete(key);
      } catch (error) {
        log.error("collected rows could not be written", { error: String(error) });
      }
    }
  }

  async #writeSlice(open: Open): Promise<void> {
    const { limits } = this.#options;
    const answered = open.answered.splice(0, sliceSize);
    this.#waiting -= answered.length;
    for (const one of answered) this.#waitingBytes -= bytesOf(one);
    const rows = answered.flatMap(rowsOf);
    let written = 0;
    try {
      while (written < rows.length) {
        const part = rows.slice(written, written + limits.segmentRows - open.rows);
        if (open.rows === 0) open.since = Date.now();
        const bytes = await this.#spool.append(open.workspace, open.endpoint, linesOf(part));
        written += part.length;
        open.rows += part.length;
        if (open.rows >= limits.segmentRows || bytes >= limits.segmentBytes) await this.#seal(open);
      }
    } finally {
      this.#dropped += rows.length - written;
    }
  }

  async #seal(open: Open): Promise<void> {
    await this.#spool.seal(open.workspace, open.endpoint);
    open.rows = 0;
  }

  async #deliverLoop(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(250, 10_000);
    while (!signal.aborted) {
      const segments = this.#oldestOfEach();
      if (segments.length === 0) await pause(100, signal);
      let failed = 0;
      for (const segment of segments) {
        try {
          await this.#deliver(segment);
          backoff.reset();
        } catch (error) {
          if (signal.aborted) return;
          failed++;
          this.#options.log.warn("collected rows were not delivered; trying again", { error: String(error) });
        }
      }
      if (failed > 0) await backoff.wait(signal);
    }
  }

  /** One endpoint whose rows cannot be delivered now must not hold up the others; within one, order is kept. */
  #oldestOfEach(): Segment[] {
    const oldest = new Map<string, Segment>();
    for (const segment of this.#spool.sealed) {
      const key = `${segment.workspace}/${segment.endpoint}`;
      if (!oldest.has(key)) oldest.set(key, segment);
    }
    return [...oldest.values()];
  }

  async #deliver(segment: Segment): Promise<void> {
    const { workspace, endpoint, sequence } = segment;
    const { control, log } = this.#options;
    const rows = (await this.#spool.rows(segment)) as CollectedRow[];
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(60_000)]);
    try {
      const body = { node: this.#sender, workspace, endpoint, sequence, rows };
      await control.call((client) => client.serving.collect({ body }, { signal }));
      this.delivered += rows.length;
      await this.#spool.remove(segment);
    } catch (error) {
      if (!(error instanceof Problem) || !hopeless.has(error.code)) throw error;
      await this.#spool.drop(segment);
      log.error("the control plane refused collected rows; they are dropped", {
        workspace,
        endpoint,
        rows: rows.length,
        error: error.message,
      });
    }
  }
}

const linesOf = (rows: CollectedRow[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const bytesOf = ({ inputs, outputs }: Answered): number =>
  [...inputs, ...outputs].reduce((sum, tensor) => sum + byteSize(tensor), 0);
