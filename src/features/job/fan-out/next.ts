import type { JobDefinition } from "../../../contract/job.ts";
import type { StepOutputs } from "../resolve.ts";
import type { JobTable } from "../schema.ts";
import type { FanOutTable } from "./schema.ts";

/** So many jobs are started in one transaction; the next look comes at once. */
export const mostStarts = 25;

/** One more job to start. */
export interface Start {
  number: number;
  definition: JobDefinition;
  given: unknown;
  point?: Record<string, number>;
  tags?: Record<string, string>;
}

/** What a sweep or a loop does next. */
export interface Next {
  /** At most `mostStarts`; with as many, it is asked again at once. */
  start: Start[];
  /** Jobs to end, and why: those of these numbers, or all that run. */
  stop?: Map<number, string> | string;
  /** Look again at this time. */
  lookAt?: number;
  /** There is more to do than one transaction should hold. */
  again?: true;
  end?: { result: StepOutputs; runId: string } | { error: string };
}

/** All that deciding needs: how things stand, as one picture. */
export interface Standing<S> {
  row: JobTable;
  definition: JobDefinition;
  name: string;
  step: S;
  fan: FanOutTable;
}
