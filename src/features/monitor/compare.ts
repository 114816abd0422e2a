import { Problem } from "../../contract/errors.ts";
import type { MonitorDefinition } from "../../contract/monitor.ts";
import type { Ctx } from "../../platform/context.ts";
import { runProgram, withFiles } from "../../platform/table/index.ts";
import { readTree } from "../blob/index.ts";
import { resolveData, tablesOf } from "../data/index.ts";
import { listCollected } from "../endpoint/index.ts";
import type { Compared, CompareRequest } from "./compare-program.ts";

const hour = 3_600_000;
const program = new URL("./compare-program.ts", import.meta.url);

/** Compares what an endpoint was asked in the hours before `at` with the reference data. */
export async function compareWithProduction(
  ctx: Ctx,
  workspace: string,
  definition: MonitorDefinition,
  at: number,
  signal: AbortSignal,
): Promise<Compared> {
  const { endpoint, referenceData, lookbackHours, minRows } = definition;
  const reference = await resolveData(ctx, workspace, referenceData.name, { version: referenceData.version });
  const tables = tablesOf(await readTree(ctx, workspace, reference.digest));
  if ("none" in tables) {
    const what = `data/${reference.name}/${reference.version}`;
    throw new Problem("unprocessable", `The reference data ${what} is no table. ${tables.none}`);
  }
  const since = at - lookbackHours * hour;
  const batches = await listCollected(ctx, workspace, endpoint, since);
  const groups = [...tables.files.map((file) => [file.digest]), batches.map((batch) => batch.digest)];
  const compared = await withFiles(ctx, groups, signal, (paths) => {
    const files = tables.files.map((file, index) => ({ path: paths[index]!, name: file.path }));
    const request: CompareRequest = {
      reference: { format: tables.format, files },
      production: { path: paths.at(-1)!, since },
      rule: definition,
    };
    return runProgram<Compared>(program, request, { signal });
  });
  if (compared.productionRows >= minRows) return compared;
  const collected = compared.productionRows === 1 ? "1 row was" : `${compared.productionRows} rows were`;
  const message = `${collected} collected from endpoint ${endpoint} in the last ${lookbackHours} hours; ${minRows} are needed.`;
  return { ...compared, verdict: "inconclusive", message };
}
