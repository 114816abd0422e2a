import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { affectedBy, client, useWorkspace } from "./api.ts";

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Follows the workspace's changes and reads again what they touch. Only while the page is visible: a hidden tab would
 * hold one of the few connections that a browser opens to a server.
 */
export function useLiveUpdates(): void {
  const queries = useQueryClient();
  const workspace = useWorkspace();
  useEffect(() => {
    let abort = new AbortController();
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const flush = () => {
      timer = undefined;
      const nouns = [...stale];
      stale.clear();
      for (const noun of nouns) void queries.invalidateQueries({ queryKey: [noun] });
    };
    const follow = async (signal: AbortSignal) => {
      for (let delay = 1000; !signal.aborted; delay = Math.min(delay * 2, 30_000)) {
        try {
          for await (const event of await client.audit.watch({ query: { workspace } }, { signal })) {
            delay = 1000;
            const subject = (event as { subject?: unknown }).subject;
            if (typeof subject !== "string") continue;
            for (const noun of affectedBy(subject.split("/")[0]!)) stale.add(noun);
            stale.add("audit");
            timer ??= setTimeout(flush, 300);
          }
        } catch {
          // Not allowed, or the server is away: polling goes on, and this tries again.
        }
        await pause(delay, signal);
      }
    };
    const onVisibility = () => {
      abort.abort();
      if (document.hidden) return;
      abort = new AbortController();
      void follow(abort.signal);
    };
    onVisibility();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      abort.abort();
      clearTimeout(timer);
    };
  }, [queries, workspace]);
}
