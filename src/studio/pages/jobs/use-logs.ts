import { useCallback, useEffect, useState } from "react";
import type { z } from "zod";
import type { logLineSchema } from "../../../contract/job.ts";
import { client } from "../../api.ts";

type LogLine = z.output<typeof logLineSchema>;

/** A browser shows so many lines without effort; of a longer log, the end. */
const mostShown = 10_000;
const atOnce = 2000;
const waitSeconds = 20;

/** Reads the end of the log of a step, then waits for what comes; what came before is read when somebody asks for it. */
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
      let from: { tail: number } | { offset: number; limit: number } = { tail: atOnce };
      while (!signal.aborted) {
        const asked = performance.now();
        try {
          const query = { ...from, wait: waitSeconds };
          const part = await client.job.logs({ params: { workspace, id, step }, query }, { signal });
          if (signal.aborted) return;
          from = { offset: part.next, limit: atOnce };
          setError(null);
          if (part.lines.length > 0) setLines((before) => [...before, ...part.lines].slice(-mostShown));
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

  /** Number of the first line that is shown: so many are before it. */
  const first = lines[0]?.offset ?? 0;
  const loadEarlier = useCallback(async () => {
    const offset = Math.max(0, first - atOnce);
    try {
      const query = { offset, limit: first - offset };
      const part = await client.job.logs({ params: { workspace, id, step }, query });
      // Of two answers to the same question one is taken.
      setLines((after) => (after[0]?.offset === first ? [...part.lines, ...after] : after));
    } catch (failure) {
      setError(failure as Error);
    }
  }, [workspace, id, step, first]);
  return { lines, ended, error, first, loadEarlier: lines.length < mostShown ? loadEarlier : null };
}

/** The whole log of a step as it is now, as text. */
export async function readWholeLog(workspace: string, id: string, step: string): Promise<string[]> {
  const texts: string[] = [];
  for (let offset = 0; ; ) {
    const query = { offset, limit: 10_000 };
    const part = await client.job.logs({ params: { workspace, id, step }, query });
    for (const { text } of part.lines) texts.push(`${text}\n`);
    if (part.lines.length === 0 || part.ended) return texts;
    offset = part.next;
  }
}
