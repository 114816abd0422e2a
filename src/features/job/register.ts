import type { JobDefinition, Step } from "../../contract/job.ts";
import { isModelType } from "../../contract/model-type.ts";
import type { Ctx } from "../../platform/context.ts";
import { registerDataVersion } from "../data/index.ts";
import { registerModelVersion } from "../model/index.ts";
import { runMetrics } from "../run/index.ts";
import { assetsOf, type StepOutputs } from "./resolve.ts";
import { isValueType } from "./value.ts";

/**
 * Registers what a step wrote to its named outputs: a declared effect, so it happens for a reused result just as for
 * a fresh one, and the same content gives the same version. Gives `data/diabetes/2`, `model/diabetes/3`.
 */
export async function registerOutputs(
  tx: Ctx,
  job: { id: string; workspace: string; definition: JobDefinition },
  step: Step,
  done: StepOutputs & { runId: string | null },
): Promise<string[]> {
  const registered: string[] = [];
  for (const [name, output] of Object.entries(step.outputs)) {
    const written = done.outputs[name];
    if (!output.register || !written || written.files === 0) continue;
    const common = { workspace: job.workspace, name: output.register.name, tree: written.digest, jobId: job.id };
    if (isModelType(output.type)) {
      const used = assetsOf(job.definition);
      const { version } = await registerModelVersion(tx, {
        ...common,
        ...(output.register.version === undefined ? {} : { version: Number(output.register.version) }),
        runId: done.runId,
        trainingData: used.data.map(({ name, version }) => `data/${name}/${version}`),
        parents: used.models,
        metrics: done.runId ? await runMetrics(tx, done.runId) : {},
      });
      registered.push(`model/${common.name}/${version}`);
    } else {
      const type = isValueType(output.type) ? "uri_file" : (output.type as "uri_file" | "uri_folder" | "mltable");
      const { version } = await registerDataVersion(tx, { ...common, type, version: output.register.version });
      registered.push(`data/${common.name}/${version}`);
    }
  }
  return registered;
}
