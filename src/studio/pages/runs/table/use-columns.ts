import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Run } from "../../../../contract/run.ts";
import { client, useWorkspace } from "../../../api.ts";
import { columnId, columnOf } from "./column.ts";
import { columnsOf, type TableState } from "./state.ts";

const sampledRuns = 20;
const shownOfEach = 6;

/** The columns in their order: the name, those that stay in view, the others; `ready` once they are known. */
export function useColumns(state: TableState, experimentId: string) {
  const workspace = useWorkspace();
  const { cols, pin } = state.search;
  const sample = useQuery({
    queryKey: ["run-sample", workspace, experimentId],
    enabled: cols === undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const query = { experimentId, limit: sampledRuns, lifecycle: "all" as const };
      return (await client.run.list({ params: { workspace }, query }, { signal })).items;
    },
  });
  const columns = useMemo(() => {
    const chosen = columnsOf(cols ?? defaultColumns(sample.data ?? []));
    const pins = columnsOf(pin).filter((column) => column.id !== "name");
    const pinnedIds = new Set(pins.map((column) => column.id));
    const others = chosen.filter((column) => column.id !== "name" && !pinnedIds.has(column.id));
    return { columns: [columnOf("name")!, ...pins, ...others], pinned: pins.length + 1 };
  }, [cols, pin, sample.data]);
  return { ...columns, ready: cols !== undefined || !sample.isPending };
}

/** What the runs that were started last have most often. */
function defaultColumns(runs: Run[]): string {
  const frequent = (kind: "metrics" | "params") => {
    const counts = new Map<string, number>();
    for (const run of runs) for (const key of Object.keys(run[kind])) counts.set(key, (counts.get(key) ?? 0) + 1);
    const keys = [...counts].toSorted(([a, one], [b, other]) => other - one || a.localeCompare(b)).map(([key]) => key);
    return keys.slice(0, shownOfEach).map((key) => columnId(kind, key));
  };
  return ["state", "started", "duration", ...frequent("metrics"), ...frequent("params")].join(",");
}

/** The names that can be columns. They are many and change seldom, so they are read when they are wanted. */
export function useRunKeys(experimentIds: string[], wanted: boolean) {
  const workspace = useWorkspace();
  return useQuery({
    queryKey: ["run-keys", workspace, ...experimentIds],
    enabled: wanted,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      client.run.keys({ params: { workspace }, query: { experimentId: experimentIds } }, { signal }),
  }).data;
}
