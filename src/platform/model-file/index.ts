import { runProgram } from "../table/index.ts";
import type { ModelReport } from "./check.ts";

export type { ModelReport } from "./check.ts";
export { mlmodelOf } from "./mlmodel.ts";
export { found, ruleset } from "./rules.ts";

export interface CheckRequest {
  /** What the files are called in the model, and where they are on the disk. */
  files: { path: string; place: string }[];
}

const limits = { what: "the model files", timeoutMs: 15 * 60_000, memoryMb: 2048 };

/** Judges the files of a model in a process of its own. */
export const checkModelFiles = (request: CheckRequest, options: { signal: AbortSignal }): Promise<ModelReport> =>
  runProgram<ModelReport>(new URL("./program.ts", import.meta.url), request, { ...limits, ...options });
