import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Log } from "../../platform/log.ts";

const run = promisify(execFile);

interface Listed {
  /** As CUDA counts them in the order of the PCI bus. */
  number: string;
  /** Its own, and those of the parts that it is cut into. */
  uuids: string[];
}

/**
 * The devices that steps are given, as `CUDA_VISIBLE_DEVICES` takes them: those of the setting, or all that `nvidia-smi`
 * lists. Undefined: nobody knows of any.
 */
export async function findGpus(setting: string, log: Log): Promise<string[] | undefined> {
  const { stdout } = await run("nvidia-smi", ["-L"], { timeout: 10_000 }).catch(() => ({ stdout: "" }));
  return chooseGpus(setting, listedIn(stdout), (missing, there) =>
    log.warn("a GPU of --agent-gpus is not there; it is given to no step", { missing, there }),
  );
}

/** Lines like `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c)`, and those of parts of it below. */
export function listedIn(text: string): Listed[] {
  const found: Listed[] = [];
  for (const line of text.split("\n")) {
    const [, number] = /^GPU (\d+):/.exec(line) ?? [];
    const [, uuid] = /\(UUID: ([^)]+)\)/.exec(line) ?? [];
    if (number !== undefined) found.push({ number, uuids: uuid ? [uuid] : [] });
    else if (uuid) found.at(-1)?.uuids.push(uuid);
  }
  return found;
}

/** Where nothing is listed, what the setting names is believed. */
export function chooseGpus(
  setting: string,
  listed: Listed[],
  onMissing: (missing: string, there: string) => void,
): string[] | undefined {
  if (setting === "none") return [];
  const all = listed.map(({ number }) => number);
  if (setting === "") return all.length > 0 ? all : undefined;
  const chosen = new Set<string>();
  for (const name of namesIn(setting)) {
    const gpu = listed.find(({ number, uuids }) => number === name || uuids.includes(name));
    if (listed.length > 0 && !gpu) onMissing(name, all.join(", "));
    // One GPU by its number and by its UUID is one; a part of it is known by its UUID only.
    else chosen.add(gpu?.uuids[0] === name ? gpu.number : name);
  }
  return [...chosen];
}

/** `0-2,5` → 0, 1, 2, 5 */
const namesIn = (setting: string): string[] =>
  setting.split(",").flatMap((part) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(part.trim()) ?? [];
    if (first === undefined) return part.trim();
    const count = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length: count }, (_, index) => String(Number(first) + index));
  });
