import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { client } from "../../../api.ts";
import { columnOf } from "./column.ts";
import type { Direction } from "./state.ts";
import type { RunQuery } from "./window.ts";

/** The best value of each metric whose better direction is known, among all runs that the table means. */
export function useBest(query: RunQuery, best: ReadonlyMap<string, Direction>): ReadonlyMap<string, number> {
  const wanted = [...best].flatMap(([id, direction]) => {
    const column = columnOf(id);
    return column?.kind === "metrics" ? [{ id, direction, column }] : [];
  });
  const { workspace, experimentId, filter, lifecycle } = query;
  const results = useQueries({
    queries: wanted.map(({ id, direction, column }) => ({
      queryKey: ["run", "best", workspace, experimentId, filter, lifecycle, id, direction],
      staleTime: 30_000,
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const orderBy = `${column.order} ${direction === "min" ? "ASC" : "DESC"}`;
        const wish = { experimentId, filter, lifecycle, orderBy, columns: column.order, limit: 1 };
        const { items } = await client.run.list({ params: { workspace }, query: wish }, { signal });
        return items[0]?.metrics[column.key] ?? null;
      },
    })),
  });
  const values = results.map(({ data }) => data);
  const key = wanted.map(({ id }, index) => `${id}=${values[index]}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for names and values
  return useMemo(() => {
    const entries = wanted.map(({ id }, index) => [id, values[index]] as const);
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
  }, [key]);
}
