import type { Ctx } from "../../platform/context.ts";
import { findDataByDigest, findDataVersion } from "../data/index.ts";
import { assetsOfJob } from "../job/index.ts";
import { versionsOfLoggedModels } from "../model/index.ts";
import { type DatasetInput, findRun, linksOf, requireRun } from "../run/index.ts";
import { isForTraining, referencesIn } from "./data-reference.ts";

const contextTag = "mlflow.data.context";

/** What is known of the origin of a version that a run made. */
export interface RunOrigin {
  jobId: string | null;
  /** `data/churn/2` */
  trainingData: string[];
  /** Versions that the run used: `{ name: "churn", version: "1" }`. */
  parents: { name: string; version: string }[];
}

/** What the run of a version read: the data and models of its job, and what its client said it used. */
export async function originOfRun(ctx: Ctx, workspace: string, runId: string): Promise<RunOrigin> {
  const run = await requireRun(ctx, workspace, runId);
  const links = (await linksOf(ctx, [runId])).get(runId)!;
  // A nested run belongs to the job of the run around it.
  const around = run.parent_run_id === null ? undefined : await findRun(ctx, workspace, run.parent_run_id);
  const jobId = run.job_id ?? around?.job_id ?? null;
  const used = jobId === null ? { data: [], models: [] } : await assetsOfJob(ctx, workspace, jobId);
  const described = (await Promise.all(links.datasets.map((dataset) => matched(ctx, workspace, dataset)))).flat();
  const parents = [...used.models, ...(await versionsOfLoggedModels(ctx, workspace, links.inputs))];
  return {
    jobId,
    trainingData: [...new Set([...used.data.map(({ name, version }) => `data/${name}/${version}`), ...described])],
    parents: parents.map(({ name, version }) => ({ name, version })),
  };
}

/** The data version that a description means, if there is one here. */
export async function matched(ctx: Ctx, workspace: string, { dataset, tags }: DatasetInput): Promise<string[]> {
  const described = { ...dataset, context: tags[contextTag] };
  if (!isForTraining(described)) return [];
  for (const reference of referencesIn(described)) {
    const found =
      "digest" in reference
        ? await findDataByDigest(ctx, workspace, reference.digest)
        : await findDataVersion(ctx, workspace, reference.name, reference.version);
    if (found) return [`data/${found.name}/${found.version}`];
  }
  return [];
}
