import { useEffect, useState } from "react";
import type { z } from "zod";
import type { logLineSchema } from "../../../contract/job.ts";
import { client } from "../../api.ts";

type LogLine = z.output<typeof logLineSchema>;

/** A browser shows so many lines without effort; of a longer log, the end. */
const kept = 5000;
const waitSeconds = 20;

/** Reads the log of a step from its start, then waits for what comes. */
export function useLogs(workspace: string, id: string, step: string) {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [ended, setEnded] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    setLines([]);
    setEnded(false);
    setError(null);

    const follow = async () => {
      let offset = 0;
      while (!signal.aborted) {
        const asked = performance.now();
        try {
          const query = { offset, limit: 2000, wait: waitSeconds };
          const part = await client.job.logs({ params: { workspace, id, step }, query }, { signal });
          if (signal.aborted) return;
          offset = part.next;
          setError(null);
          if (part.lines.length > 0) setLines((before) => [...before, ...part.lines].slice(-kept));
          if (part.ended && part.lines.length === 0) return setEnded(true);
          if (part.lines.length === 0 && performance.now() - asked < 500) await pause(1000);
        } catch (failure) {
          if (signal.aborted) return;
          setError(failure as Error);
          await pause(3000);
        }
      }
    };
    void follow();
    return () => abort.abort();
  }, [workspace, id, step]);
  return { lines, ended, error };
}
