import { type RefObject, useCallback, useMemo, useRef, useState } from "react";
import type { Run } from "../../../../contract/run.ts";

/** Runs that were chosen, also those that have been scrolled away. */
export interface Selection {
  runs: ReadonlyMap<string, Pick<Run, "id" | "name">>;
  has(id: string): boolean;
  /** Chooses a run, or no longer; with a range, all of the range. */
  toggle(run: Run, range?: Run[]): void;
  replace(runs: Pick<Run, "id" | "name">[]): void;
  /** The id of the run that was chosen last. */
  anchor: RefObject<string | null>;
}

export function useSelection(): Selection {
  const [runs, setRuns] = useState<Selection["runs"]>(new Map());
  const anchor = useRef<string | null>(null);
  const toggle = useCallback((run: Run, range: Run[] = []) => {
    anchor.current = run.id;
    setRuns((now) => {
      const next = new Map(now);
      if (range.length > 1) for (const one of range) next.set(one.id, one);
      else if (!next.delete(run.id)) next.set(run.id, run);
      return next;
    });
  }, []);
  const replace = useCallback((chosen: Pick<Run, "id" | "name">[]) => {
    anchor.current = null;
    setRuns(new Map(chosen.map((run) => [run.id, run])));
  }, []);
  return useMemo(() => ({ runs, has: (id) => runs.has(id), toggle, replace, anchor }), [runs, toggle, replace]);
}
