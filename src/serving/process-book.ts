import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Remembers the model processes of a node on disk. A model notices by itself that its node was killed, except in the
 * middle of a run; one that hangs in a run would stay for ever, so the next node ends it.
 */
export class ProcessBook {
  readonly #folder: string;

  constructor(home: string) {
    this.#folder = join(home, "processes");
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  add(pid: number): void {
    const started = startOf(pid);
    if (started) writeFileSync(join(this.#folder, String(pid)), started);
  }

  remove(pid: number): void {
    rmSync(join(this.#folder, String(pid)), { force: true });
  }

  /** Ends what an earlier node left behind; returns how many that were. A reused process id is left alone. */
  endLeftovers(): number {
    let ended = 0;
    for (const name of readdirSync(this.#folder)) {
      const pid = Number(name);
      const started = Number.isSafeInteger(pid) && pid > 1 ? startOf(pid) : undefined;
      if (started && readFileSync(join(this.#folder, name), "utf8") === started) {
        process.kill(pid, "SIGKILL");
        ended++;
      }
      rmSync(join(this.#folder, name), { force: true });
    }
    return ended;
  }
}

/** Boot and start time of a process, which with its id name it once and for all; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
