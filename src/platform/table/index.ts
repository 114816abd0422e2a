import type { Head, HeadRequest } from "./head.ts";
import type { Inspection, InspectRequest } from "./inspect.ts";
import { type ProcessLimits, runProgram } from "./process.ts";

export type { CutRequest } from "./cut.ts";
export { temporaryFolder, withFiles } from "./files.ts";
export type { Inspection, InspectRequest } from "./inspect.ts";
export type { Source, TableFormat } from "./load.ts";
export { type ProcessLimits, runProgram } from "./process.ts";

/** Profiles a table and checks it against expectations, in a process of its own. */
export const inspectTable = (
  request: InspectRequest,
  options: Partial<ProcessLimits> & { signal?: AbortSignal; onStart?: (pid: number) => void } = {},
): Promise<Inspection> => runProgram<Inspection>(new URL("./inspect.ts", import.meta.url), request, options);

const headLimits = { timeoutMs: 20_000, memoryMb: 1024 };

/** The first rows of a Parquet file, read in a process of its own. */
export const headOfParquet = (request: HeadRequest): Promise<Head> =>
  runProgram<Head>(new URL("./head.ts", import.meta.url), request, { what: request.file.name, ...headLimits });
