import { appendFile, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, readJson, replaceFile, syncFolder } from "./files.ts";

export interface Segment {
  workspace: string;
  endpoint: string;
  sequence: number;
  path: string;
  bytes: number;
}

export interface SpoolLimits {
  /** Most bytes in sealed segments; the oldest go first. */
  spoolBytes: number;
}

const openName = "open.jsonl";
const sealedName = /^(\d{12})\.jsonl$/;

interface Queue {
  workspace: string;
  endpoint: string;
  folder: string;
  /** Of the newest segment that was ever sealed here. */
  sequence: number;
  openBytes: number;
}

/**
 * Rows on disk on their way to the control plane: one folder per endpoint, one open segment that grows, and sealed
 * ones that never change. A sealed segment is named by its sequence number, so that delivering it again, even by the
 * next process, delivers the same rows under the same number.
 */
export class Spool {
  readonly #root: string;
  readonly #limits: SpoolLimits;
  readonly #queues = new Map<string, Queue>();
  readonly #sealed = new Map<string, Segment>();
  #sealedBytes = 0;
  droppedRows = 0;

  constructor(home: string, limits: SpoolLimits) {
    this.#root = join(home, "spool");
    this.#limits = limits;
  }

  /** Finds what the last process left, and seals its open segments without a line that was cut short. */
  async recover(): Promise<void> {
    await ensureFolder(this.#root);
    for (const workspace of await folders(this.#root))
      for (const endpoint of await folders(join(this.#root, workspace))) {
        const queue = await this.#queue(workspace, endpoint);
        for (const name of (await readdir(queue.folder)).sort()) {
          const sequence = Number(sealedName.exec(name)?.[1]);
          if (!sequence) continue;
          const path = join(queue.folder, name);
          queue.sequence = Math.max(queue.sequence, sequence);
          this.#remember({ workspace, endpoint, sequence, path, bytes: (await stat(path)).size });
        }
        await cutAfterLastLine(join(queue.folder, openName));
        queue.openBytes = await sizeOf(join(queue.folder, openName));
        await this.seal(workspace, endpoint);
      }
  }

  /** Bytes that wait in sealed segments. */
  get bytes(): number {
    return this.#sealedBytes;
  }

  /** Sealed segments, oldest first within each endpoint. */
  get sealed(): Segment[] {
    return [...this.#sealed.values()];
  }

  /** Adds whole lines to the open segment of an endpoint; returns its size. */
  async append(workspace: string, endpoint: string, lines: string): Promise<number> {
    const queue = await this.#queue(workspace, endpoint);
    await appendFile(join(queue.folder, openName), lines, { mode: 0o600 });
    queue.openBytes += Buffer.byteLength(lines);
    return queue.openBytes;
  }

  /** Gives the open segment the next number. The number is used up on disk first, so that none is used twice. */
  async seal(workspace: string, endpoint: string): Promise<void> {
    const queue = await this.#queue(workspace, endpoint);
    if (queue.openBytes === 0) return;
    const sequence = queue.sequence + 1;
    await replaceFile(join(queue.folder, "sequence.json"), JSON.stringify({ sequence }));
    queue.sequence = sequence;
    const file = await open(join(queue.folder, openName), "r+");
    await file.sync();
    await file.close();
    const path = join(queue.folder, `${String(sequence).padStart(12, "0")}.jsonl`);
    await rename(join(queue.folder, openName), path);
    await syncFolder(queue.folder);
    this.#remember({ workspace, endpoint, sequence, path, bytes: queue.openBytes });
    queue.openBytes = 0;
    await this.#makeRoom();
  }

  async rows(segment: Segment): Promise<unknown[]> {
    const text = await readFile(segment.path, "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** It was delivered, or can never be. */
  async remove(segment: Segment): Promise<void> {
    if (!this.#sealed.delete(segment.path)) return;
    this.#sealedBytes -= segment.bytes;
    await rm(segment.path, { force: true });
  }

  async drop(segment: Segment): Promise<number> {
    const rows = await this.rows(segment).then(
      (list) => list.length,
      () => 0,
    );
    this.droppedRows += rows;
    await this.remove(segment);
    return rows;
  }

  async #makeRoom(): Promise<void> {
    for (const oldest of this.#sealed.values()) {
      if (this.#sealedBytes <= this.#limits.spoolBytes) return;
      await this.drop(oldest);
    }
  }

  #remember(segment: Segment): void {
    this.#sealed.set(segment.path, segment);
    this.#sealedBytes += segment.bytes;
  }

  async #queue(workspace: string, endpoint: string): Promise<Queue> {
    const key = `${workspace}/${endpoint}`;
    const known = this.#queues.get(key);
    if (known) return known;
    const folder = join(this.#root, workspace, endpoint);
    await ensureFolder(join(this.#root, workspace));
    await ensureFolder(folder);
    const stored = (await readJson(join(folder, "sequence.json"))) as { sequence?: number } | undefined;
    const queue: Queue = { workspace, endpoint, folder, sequence: stored?.sequence ?? 0, openBytes: 0 };
    this.#queues.set(key, queue);
    return queue;
  }
}

const folders = async (path: string): Promise<string[]> =>
  (await readdir(path, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (file) => file.size,
    () => 0,
  );

async function cutAfterLastLine(path: string): Promise<void> {
  const content = await readFile(path).catch(() => undefined);
  if (!content) return;
  const file = await open(path, "r+");
  try {
    await file.truncate(content.lastIndexOf(0x0a) + 1);
  } finally {
    await file.close();
  }
}
