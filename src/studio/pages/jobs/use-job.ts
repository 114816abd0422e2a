import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { JobDetail } from "../../../contract/job.ts";
import { createJobWatch } from "../../../contract/job-watch.ts";
import { client, query, useWorkspace } from "../../api.ts";
import { isMoving } from "../../parts/state.tsx";

const lookEveryMs = 2000;

/** A job with all of its steps, as it stands. Its steps are read once, then those that changed: it may have thousands. */
export function useJob(id: string): { data: JobDetail | undefined; error: Error | null } {
  const workspace = useWorkspace();
  const watch = useMemo(() => createJobWatch(client, { workspace, id }), [workspace, id]);
  const seen = useQuery({
    queryKey: ["job", "watch", workspace, id],
    queryFn: ({ signal }) => watch.look({ signal }),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data.job.state) ? lookEveryMs : false),
    // Steps that did not change are the same objects already; to compare thousands each time takes long.
    structuralSharing: false,
  });
  const detail = useQuery(query("job", "get", { params: { workspace, id } }));
  const { refetch } = detail;
  const isOld = detail.data && seen.data && detail.data.state !== seen.data.job.state;
  useEffect(() => {
    if (isOld) void refetch();
  }, [isOld, refetch]);
  const data = useMemo(
    () => detail.data && seen.data && { ...detail.data, ...seen.data.job, steps: seen.data.steps },
    [detail.data, seen.data],
  );
  return { data, error: detail.error ?? seen.error };
}
