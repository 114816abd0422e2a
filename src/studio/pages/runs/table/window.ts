import { useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Problem } from "../../../../contract/errors.ts";
import type { Run } from "../../../../contract/run.ts";
import { client } from "../../../api.ts";

export const pageSize = 200;

export interface RunQuery {
  workspace: string;
  experimentId: string;
  filter?: string;
  orderBy?: string;
  lifecycle: "active" | "deleted" | "all";
  columns: string;
}

export interface RunWindow {
  /** Rows that can be scrolled to now: those read so far, and the page after them while there is one. */
  length: number;
  /** Every row is known: there is no further page. */
  complete: boolean;
  rowAt(index: number): Run | undefined;
  error: Problem | null;
  loading: boolean;
}

/**
 * A list of any length of which only the pages around what is on the screen are in memory. Pages are keyset pages:
 * each names the one after it, so a list grows as one scrolls, and a page that was dropped is read again by its token.
 */
export function useRunWindow(query: RunQuery, first: number, last: number): RunWindow {
  const key = JSON.stringify(query);
  const [chain, setChain] = useState<{ key: string; tokens: (string | undefined)[] }>({ key, tokens: [undefined] });
  const tokens = chain.key === key ? chain.tokens : [undefined];
  const from = Math.min(Math.floor(first / pageSize), tokens.length - 1);
  const to = Math.min(Math.floor(last / pageSize) + 1, tokens.length - 1);
  const { workspace, ...list } = query;
  const pages = useQueries({
    queries: tokens.slice(from, to + 1).map((after) => ({
      queryKey: ["run", "page", key, after ?? ""],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.run.list({ params: { workspace }, query: { ...list, after, limit: pageSize } }, { signal }),
      gcTime: 20_000,
      staleTime: 5000,
      refetchInterval: ({ state }: { state: { data?: { items: Run[] } } }) =>
        state.data?.items.some((run) => run.state === "RUNNING") ? 4000 : 30_000,
    })),
  });

  const nexts = pages.map((page) => (page.data ? (page.data.next ?? null) : undefined));
  const nextsKey = nexts.join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `nextsKey` stands for the tokens that `nexts` holds
  useEffect(() => {
    setChain((now) => {
      const known = now.key === key ? now.tokens : [undefined];
      const at = nexts.findIndex((next, index) => next !== undefined && (known[from + index + 1] ?? null) !== next);
      if (at < 0) return now.key === key ? now : { key, tokens: known };
      const kept = known.slice(0, from + at + 1);
      return { key, tokens: nexts[at] === null ? kept : [...kept, nexts[at]!] };
    });
  }, [key, from, nextsKey]);

  const lastPage = pages[tokens.length - 1 - from]?.data;
  const complete = lastPage !== undefined && lastPage.next === undefined;
  return {
    length: (tokens.length - 1) * pageSize + (lastPage?.items.length ?? pageSize),
    complete,
    rowAt: (index) => pages[Math.floor(index / pageSize) - from]?.data?.items[index % pageSize],
    error: (pages.find((page) => page.error)?.error as Problem | undefined) ?? null,
    loading: pages.some((page) => page.isPending),
  };
}
