import { useQueries } from "@tanstack/react-query";
import type { HistoryPoint } from "../../../../contract/run.ts";
import { client, useWorkspace } from "../../../api.ts";
import type { ComparedRun } from "./use-compare.ts";

export type XAxis = "step" | "time" | "wall";

export interface Zoom {
  from: number;
  to: number;
}

export interface Line {
  run: ComparedRun;
  /** How many points were logged in the stretch that is shown. */
  count: number;
  points: HistoryPoint[];
  /** Place of each point on the x axis. */
  xs: number[];
}

const pointsInAll = 8000;

/**
 * The history of a metric for some runs, in as many points as a chart can show. A zoomed chart asks for its stretch
 * again, so that it shows what was logged there and not an enlarged summary.
 */
export function useHistories(runs: ComparedRun[], key: string, x: XAxis, zoom: Zoom | null, moving: boolean) {
  const workspace = useWorkspace();
  const by = x === "step" ? ("step" as const) : ("time" as const);
  const points = Math.max(100, Math.min(1000, Math.floor(pointsInAll / Math.max(runs.length, 1))));
  // Time since the start is another stretch of the clock for every run.
  const groups = x === "time" && zoom ? runs.map((run) => [run]) : [runs];
  const results = useQueries({
    queries: groups.map((group) => {
      const offset = x === "time" ? (group[0]?.startedAt ?? 0) : 0;
      const stretch = zoom ? { from: Math.floor(zoom.from + offset), to: Math.ceil(zoom.to + offset) } : {};
      const query = { runId: group.map((run) => run.id), key, by, points, ...stretch };
      return {
        queryKey: ["run-history", workspace, query],
        enabled: group.length > 0,
        queryFn: async ({ signal }: { signal: AbortSignal }) =>
          (await client.run.history({ params: { workspace }, query }, { signal })).series,
        placeholderData: (before: Series[] | undefined) => before,
        staleTime: 60_000,
        refetchInterval: moving ? 5000 : (false as const),
      };
    }),
  });
  const byId = new Map(results.flatMap((result) => result.data ?? []).map((series) => [series.runId, series]));
  const lines = runs.flatMap((run): Line[] => {
    const series = byId.get(run.id);
    if (!series || series.points.length === 0) return [];
    const start = x === "time" ? (run.startedAt ?? series.points[0]!.timestamp) : 0;
    const xs = series.points.map((point) => (x === "step" ? point.step : point.timestamp - start));
    return [{ run, count: series.count, points: series.points, xs }];
  });
  const state = results.map((result) => result.dataUpdatedAt).join();
  return {
    lines,
    state,
    pending: results.some((result) => result.isPending),
    error: results.find((r) => r.error)?.error,
  };
}

interface Series {
  runId: string;
  count: number;
  points: HistoryPoint[];
}
