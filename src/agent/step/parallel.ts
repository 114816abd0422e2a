import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StepPayload } from "../../contract/agent.ts";
import { type CommandValues, type RenderedCommand, renderCommand } from "../../contract/command.ts";
import type { Parallel } from "../../contract/job.ts";
import { processesOf } from "../../contract/processes.ts";
import { StepFailed } from "../failure.ts";
import { isFileType } from "./outputs.ts";

const driver = fileURLToPath(new URL("../../../python/parallel_run", import.meta.url));

/**
 * The command of a parallel step: the driver in `python/parallel_run`, with what it has to know as a file. It is copied
 * beside the step, so that it is there in a container too.
 */
export async function parallelCommand(
  payload: StepPayload,
  parallel: Parallel,
  values: CommandValues,
  folder: string,
): Promise<RenderedCommand> {
  const input = values.inputs[parallel.input];
  if (input === undefined) throw new StepFailed(`The input "${parallel.input}" to cut into mini-batches has no value.`);
  const place = join(folder, "driver");
  await mkdir(place, { recursive: true });
  await cp(driver, join(place, "parallel_run"), { recursive: true, filter: (path) => !path.endsWith("__pycache__") });
  const specification = {
    input,
    inputType: payload.inputs[parallel.input]?.type,
    entryScript: parallel.entryScript,
    miniBatchSize: parallel.miniBatchSize,
    partitionKeys: parallel.partitionKeys,
    workers: processesOf({ parallel, distribution: null }),
    errorThreshold: parallel.errorThreshold,
    miniBatchErrorThreshold: parallel.miniBatchErrorThreshold,
    retries: parallel.miniBatchRetries,
    timeoutSeconds: parallel.miniBatchTimeoutSeconds,
    appendRowTo: resultsFile(payload, parallel, values),
    loggingLevel: parallel.loggingLevel,
    spool: join(place, "results"),
  };
  const file = join(place, "specification.json");
  await writeFile(file, JSON.stringify(specification));
  const given = renderCommand(parallel.programArguments || " ", values);
  const python = payload.environment ? "python" : "python3";
  const start = `PYTHONPATH='${place}':"$PYTHONPATH" exec ${python} -m parallel_run '${file}'`;
  return { command: `${start} ${given.command}`, variables: given.variables };
}

function resultsFile(payload: StepPayload, { appendRowTo }: Parallel, values: CommandValues): string | null {
  if (!appendRowTo) return null;
  const output = values.outputs[appendRowTo.output];
  if (output === undefined) throw new StepFailed(`The step has no output "${appendRowTo.output}" for its results.`);
  return isFileType(payload.outputs[appendRowTo.output]!) ? output : join(output, appendRowTo.file);
}
