import type { z } from "zod";
import type { monitorRunSchema } from "../../../contract/monitor.ts";
import { State } from "../../parts/state.tsx";

export type MonitorRun = z.output<typeof monitorRunSchema>;
export type FeatureDrift = MonitorRun["features"][number];

/** What a run found: no drift, drift, or too little to tell. */
export function Verdict({ run }: { run: MonitorRun | null }) {
  if (!run) return <State value="pending" label="not run yet" />;
  if (run.state === "running") return <State value="running" />;
  if (run.state === "failed") return <State value="failed" label="could not run" />;
  if (run.verdict === "pass") return <State value="pass" label="no drift" />;
  if (run.verdict === "fail") return <State value="fail" label="drift" />;
  return <State value="inconclusive" />;
}

/**
 * How far over its threshold; 1 is at the threshold. Some metrics are distances (large is bad), some are p-values (small
 * is bad): which one it is shows in whether the feature drifted.
 */
export function severity({ value, threshold, drifted }: FeatureDrift): number {
  if (value === 0 && threshold === 0) return drifted ? 1 : 0;
  const low = Math.min(value, threshold);
  const high = Math.max(value, threshold);
  return drifted ? Math.min(high / Math.max(low, 1e-9), 1000) : low / high;
}
