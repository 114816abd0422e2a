import type { Build } from "../../contract/build.ts";
import { Problem } from "../../contract/errors.ts";
import { commandsOf, hasPackages } from "../../contract/job.ts";
import type { Manifest } from "../../contract/release.ts";
import type { Ctx } from "../../platform/context.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { putBlob } from "../blob/index.ts";
import { passedConversion } from "../conversion/index.ts";
import { findLock, specificationDigest } from "../environment/index.ts";
import { getJob } from "../job/index.ts";
import { resolveModel } from "../model/index.ts";
import { monitorDigest } from "../monitor/index.ts";
import type { StageDefinition } from "./store.ts";

/** What a release is made of, by digest. The stages' own configuration is part of what is approved. */
export async function composeManifest(
  ctx: Ctx,
  workspace: string,
  build: Build,
  more: { monitors: string[]; stages: StageDefinition[] },
): Promise<Manifest> {
  const configuration = await putBlob(ctx, workspace, canonicalJson(more.stages));
  const monitors = await Promise.all(more.monitors.map((name) => monitorDigest(ctx, workspace, name)));
  return {
    schema: 1,
    build: { name: build.name, number: build.number, code: build.code },
    models: await Promise.all(build.models.map((model) => servedModel(ctx, workspace, model))),
    application: null,
    configuration: configuration.digest,
    environmentLocks: await locksOf(ctx, workspace, build),
    monitors,
    evidence: build.evidence.map(({ name, digest }) => ({ name, digest })),
  };
}

/** With the conversion that will be served in its place, if there is one: approvals sign that too. */
async function servedModel(
  ctx: Ctx,
  workspace: string,
  model: Build["models"][number],
): Promise<Manifest["models"][number]> {
  const conversion = await passedConversion(ctx, { workspace, ...model });
  return conversion === undefined ? model : { ...model, conversion };
}

/** Locks of the environments in which the models were made and the build's tests ran. */
async function locksOf(ctx: Ctx, workspace: string, build: Build): Promise<string[]> {
  const jobIds = new Set(build.jobId ? [build.jobId] : []);
  for (const { name, version } of build.models) {
    const { jobId } = await resolveModel(ctx, workspace, name, { version });
    if (jobId) jobIds.add(jobId);
  }
  const locks = new Set<string>();
  for (const id of jobIds) {
    for (const environment of await environmentsOf(ctx, workspace, id)) {
      if (!hasPackages(environment)) continue;
      const lock = await findLock(ctx, workspace, specificationDigest(environment));
      if (lock) locks.add(lock.digest);
    }
  }
  return [...locks].sort();
}

async function environmentsOf(ctx: Ctx, workspace: string, jobId: string) {
  try {
    return commandsOf((await getJob(ctx, workspace, jobId)).definition).map(({ command }) => command.environment);
  } catch (error) {
    // The model may come from another installation, whose job is not known here.
    if (error instanceof Problem && error.code === "not_found") return [];
    throw error;
  }
}
