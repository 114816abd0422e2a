import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Run } from "../../../../contract/run.ts";
import { client, useWorkspace } from "../../../api.ts";
import { lineOf } from "../../../parts/line-colours.ts";
import type { CompareSearch } from "./search.ts";

export const mostCompared = 100;

/** A run with the line that stands for it in every chart. */
export interface ComparedRun extends Run {
  color: string;
  dash: "solid" | "dashed" | "dotted";
}

export interface Comparison {
  search: CompareSearch;
  set(changes: Partial<CompareSearch>): void;
}

export function useComparison(): Comparison {
  const search = useSearch({ from: "/shell/compare" });
  const navigate = useNavigate({ from: "/compare" });
  const set = useCallback(
    (changes: Partial<CompareSearch>) =>
      void navigate({ search: (now) => ({ ...now, ...changes }), replace: true, resetScroll: false }),
    [navigate],
  );
  return { search, set };
}

/** The runs in the order of the address. While one is running they are read again. */
export function useComparedRuns(ids: string[]) {
  const workspace = useWorkspace();
  const query = useQuery({
    queryKey: ["run", "compared", workspace, ids.join()],
    enabled: ids.length > 0,
    queryFn: async ({ signal }) => {
      const filter = `attributes.run_id IN (${ids.map((id) => `'${id.replaceAll("'", "")}'`).join(", ")})`;
      const page = { filter, lifecycle: "all" as const, limit: mostCompared };
      return (await client.run.list({ params: { workspace }, query: page }, { signal })).items;
    },
    placeholderData: (before) => before,
    refetchInterval: ({ state }) => (state.data?.some((run) => run.state === "RUNNING") ? 5000 : false),
  });
  const runs = useMemo(() => {
    const byId = new Map(query.data?.map((run) => [run.id, run]));
    return ids.flatMap((id, index): ComparedRun[] => {
      const run = byId.get(id);
      return run ? [{ ...run, ...lineOf(index) }] : [];
    });
  }, [ids, query.data]);
  return { query, runs };
}

/** Names that the most runs have come first. */
export function commonKeys(runs: Run[], of: (run: Run) => object): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) for (const key of Object.keys(of(run))) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].toSorted(([a, one], [b, other]) => other - one || a.localeCompare(b)).map(([key]) => key);
}
