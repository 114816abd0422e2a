import { readUsage } from "../../platform/process/usage.ts";
import type { Launch } from "./compute.ts";

const lookEveryMs = 500;

/** Ends a step that takes more memory than it asked for. One that asked for none takes what it can get. */
export function watchMemory({ signal, resources }: Pick<Launch, "signal" | "resources">) {
  const tooMuch = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let because: string | undefined;
  return {
    signal: AbortSignal.any([signal, tooMuch.signal]),
    exceeded: () => because,
    start(pids: () => Promise<number[]>) {
      if (resources.memoryMb === 0) return;
      timer = setInterval(async () => {
        const { memoryMb } = await readUsage(await pids());
        if (memoryMb <= resources.memoryMb || tooMuch.signal.aborted) return;
        because = `The step took ${Math.round(memoryMb)} MB of memory; it asked for ${resources.memoryMb} MB.`;
        tooMuch.abort();
      }, lookEveryMs);
    },
    stop: () => clearInterval(timer),
  };
}
