import { useQueries } from "@tanstack/react-query";
import { query, useWorkspace } from "../../../api.ts";
import type { ComparedRun } from "./use-compare.ts";

export interface RunFile {
  path: string;
  size: number;
  digest: string;
}

const mostRuns = 24;

/** The files of the first runs. */
export function useFiles(runs: ComparedRun[]) {
  const workspace = useWorkspace();
  const first = runs.slice(0, mostRuns);
  const results = useQueries({
    queries: first.map(({ id }) => ({ ...query("run", "get", { params: { workspace, id } }), staleTime: 30_000 })),
  });
  return {
    pending: results.some((result) => result.isPending),
    left: runs.length - first.length,
    files: first.map((run, index) => ({ run, files: (results[index]?.data?.artifacts ?? []) as RunFile[] })),
  };
}
