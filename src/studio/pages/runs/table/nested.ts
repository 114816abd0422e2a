import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Run } from "../../../../contract/run.ts";
import { query as apiQuery, client } from "../../../api.ts";
import type { RunQuery, RunWindow } from "./window.ts";

export interface GridRow {
  run: Run | undefined;
  depth: number;
}

export interface GridRows {
  length: number;
  rowAt(index: number): GridRow;
  isOpen(id: string): boolean;
  toggle(id: string, index: number): void;
  childrenOf(id: string): number;
}

/** Puts the children of unfolded runs below them. `open` remembers where in the list a run stood when it was unfolded. */
export function useNested(window: RunWindow, query: RunQuery, nested: boolean, visible: string[]): GridRows {
  const [open, setOpen] = useState<ReadonlyMap<string, number>>(new Map());
  const { workspace, filter: _, ...list } = query;
  const counts = useQuery({
    ...apiQuery("run", "children", { params: { workspace }, query: { runId: visible } }),
    enabled: nested && visible.length > 0,
    placeholderData: (before) => before,
  }).data?.counts;
  const ids = nested ? [...open.keys()] : [];
  const lists = useQueries({
    queries: ids.map((parentRunId) => ({
      queryKey: ["run", "children", workspace, parentRunId, list.orderBy, list.columns],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await client.run.list({ params: { workspace }, query: { ...list, parentRunId, limit: 1000 } }, { signal }))
          .items,
    })),
  });
  const childrenById = new Map(ids.map((id, index) => [id, lists[index]?.data ?? []]));
  const below = (id: string, depth: number): GridRow[] =>
    (childrenById.get(id) ?? []).flatMap((run) => [{ run, depth }, ...below(run.id, depth + 1)]);
  const unfolded = [...open]
    .filter(([id, at]) => nested && window.rowAt(at)?.id === id)
    .map(([id, at]) => ({ at, rows: below(id, 1) }))
    .sort((a, b) => a.at - b.at);

  const rowAt = (index: number): GridRow => {
    let added = 0;
    for (const { at, rows } of unfolded) {
      if (index <= at + added) break;
      if (index <= at + added + rows.length) return rows[index - at - added - 1]!;
      added += rows.length;
    }
    return { run: window.rowAt(index - added), depth: 0 };
  };
  const addedBefore = (index: number): number => {
    let added = 0;
    for (const { at, rows } of unfolded) if (index > at + added) added += rows.length;
    return added;
  };
  return {
    length: window.length + unfolded.reduce((sum, { rows }) => sum + rows.length, 0),
    rowAt,
    isOpen: (id) => open.has(id),
    childrenOf: (id) => (nested ? (counts?.[id] ?? 0) : 0),
    toggle: (id, index) =>
      setOpen((now) => {
        const next = new Map(now);
        if (!next.delete(id)) next.set(id, index - addedBefore(index));
        return next;
      }),
  };
}
