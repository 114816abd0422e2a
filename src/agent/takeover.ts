import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sleep } from "../platform/clock.ts";
import { isAlive, signal, startTimeOf } from "../platform/process/kill.ts";

const holderSchema = z.object({ pid: z.number().int().positive(), startTime: z.string().nullable() });
type Holder = z.output<typeof holderSchema>;

/** Longer than the kernel takes to end a process, whatever it does. */
const longestEndMs = 10_000;

/**
 * Makes this process the one agent of a home, ending the one before. That one may stand still (a debugger, a machine
 * that slept) or be about to end: going on, it would clean up behind itself, and with that end what its successor runs.
 */
export async function takeOver(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = join(home, "agent.json");
  const before = await readHolder(file);
  if (before && before.pid !== process.pid) await endHolder(before);
  const own: Holder = { pid: process.pid, startTime: await startTimeOf(process.pid) };
  // Whoever reads it finds one of the two, and never a part.
  await writeFile(`${file}.new`, JSON.stringify(own), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    // There was none, or it was killed while it wrote this, before it did anything else.
    return undefined;
  }
}

async function endHolder({ pid, startTime }: Holder): Promise<void> {
  for (const until = performance.now() + longestEndMs; await isAlive(pid, startTime); await sleep(20)) {
    if (performance.now() > until) throw new Error(`The agent ${pid}, which has this home, cannot be ended.`);
    signal(pid, "SIGKILL");
  }
}
