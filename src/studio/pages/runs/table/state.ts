import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { columnOf, type RunColumn, splitIds } from "./column.ts";
import type { TableSearch } from "./search.ts";

export type Direction = "min" | "max";

export interface TableState {
  search: TableSearch;
  filter: string | undefined;
  sort: { order: string; descending: boolean } | null;
  stage: "active" | "deleted" | "all";
  nested: boolean;
  best: ReadonlyMap<string, Direction>;
  set(changes: Partial<TableSearch>): void;
}

export function useTableState(): TableState {
  const search = useSearch({ from: "/shell/experiments/$id" });
  const navigate = useNavigate({ from: "/experiments/$id" });
  const set = useCallback(
    (changes: Partial<TableSearch>) =>
      void navigate({
        search: (now) => ({ ...now, ...changes, view: "view" in changes ? changes.view : now.view }),
        replace: true,
      }),
    [navigate],
  );
  return useMemo(() => {
    const nested = search.nested === "1";
    const [, order, direction] = /^(.*?)(?:\s+(asc|desc))?$/i.exec(search.sort ?? "") ?? [];
    return {
      search,
      filter: filterOf(search.q, nested),
      sort: order ? { order, descending: direction?.toLowerCase() === "desc" } : null,
      stage: search.stage === "deleted" || search.stage === "all" ? search.stage : "active",
      nested,
      best: directionsOf(search.best),
      set,
    };
  }, [search, set]);
}

const looksLikeFilter = /[=<>]|\b(i?like|in|is)\b/i;

/** A filter as it is; anything else is a part of the name. */
function filterOf(q: string | undefined, nested: boolean): string | undefined {
  const written = q?.trim();
  const named = (part: string) => `attributes.run_name ILIKE '%${part.replaceAll("'", "''")}%'`;
  const parts = [
    written ? (looksLikeFilter.test(written) ? written : named(written)) : "",
    nested ? "tags.`mlflow.parentRunId` IS NULL" : "",
  ];
  return parts.filter(Boolean).join(" AND ") || undefined;
}

export function directionsOf(best: string | undefined): Map<string, Direction> {
  const entries = splitIds(best ?? "").map((part) => [part.slice(0, -4), part.slice(-3)] as const);
  return new Map(entries.filter((entry): entry is [string, Direction] => entry[1] === "min" || entry[1] === "max"));
}

export const directionsText = (best: ReadonlyMap<string, Direction>): string | undefined =>
  [...best].map(([id, direction]) => `${id}:${direction}`).join(",") || undefined;

export const columnsOf = (ids: string | undefined): RunColumn[] =>
  splitIds(ids ?? "").flatMap((id) => columnOf(id) ?? []);
