import { type BuildDefinition, parsePipeline } from "../../compat/azurepipelines/index.ts";
import type { Build } from "../../contract/build.ts";
import { conflict, invalid, notFound } from "../../contract/errors.ts";
import { type JobDefinition, jobDefinitionSchema } from "../../contract/job.ts";
import type { ModelVersionRef } from "../../contract/model-reference.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import { submitJob } from "../job/index.ts";
import { resolveModelReference } from "../model/index.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { lockNumbers, nextNumber } from "./numbering.ts";
import { commandOf } from "./script.ts";
import * as store from "./store.ts";

export interface NewBuild {
  workspace: string;
  name: string;
  tree: string;
  /** An Azure Pipelines file in the tree. */
  file: string;
  models: ModelVersionRef[];
  /** `person`, or `monitor/<name>/<run>`. */
  trigger: string;
  idempotencyKey?: string;
}

/** Starts a build. Everything is checked before anything is written. */
export async function createBuild(ctx: Ctx, wanted: NewBuild): Promise<Build> {
  return transaction(ctx, async (tx) => {
    const { workspace, name, tree, trigger } = wanted;
    await requireWorkspace(tx, workspace);
    const { definition, condaFile } = await readDefinition(tx, wanted);
    const models = await pinModels(tx, workspace, wanted.models);
    await lockNumbers(tx, workspace, "build");
    const again = wanted.idempotencyKey && (await store.findByKey(tx.db, workspace, wanted.idempotencyKey));
    if (again) return store.buildOf(again);
    const number = await nextNumber(tx, workspace, "build");
    const job = await submitJob(tx, {
      workspace,
      trigger: `build/${number}`,
      idempotencyKey: `build/${number}`,
      // What failed may have failed by chance: it is not reused.
      definition: jobOf(wanted, number, definition, condaFile, await store.hasFailed(tx.db, workspace, tree)),
    });
    await store.insertBuild(tx.db, {
      ...{ workspace, number, name, trigger },
      state: "running",
      error: null,
      code: tree,
      models: JSON.stringify(models),
      tests: null,
      evidence: "[]",
      steps: JSON.stringify(definition.steps.map((step) => step.displayName)),
      job_id: job.id,
      idempotency_key: wanted.idempotencyKey ?? null,
      created_at: tx.clock.now(),
      ended_at: null,
      created_by_id: tx.actor.id,
      created_by_name: tx.actor.name,
    });
    const data = { name, code: tree, models, trigger, jobId: job.id };
    record(tx, { workspace, type: "build.created", subject: `build/${number}`, data });
    return getBuild(tx, workspace, number);
  });
}

async function readDefinition(ctx: Ctx, { workspace, tree, file }: NewBuild) {
  const files = new Map((await readTree(ctx, workspace, tree)).map((entry) => [entry.path, entry]));
  const read = async (path: string, what: string) => {
    const entry = files.get(path);
    if (!entry) throw invalid(`There is no ${what} "${path}" in the code tree.`, { hint: "Paths begin at its root." });
    return Buffer.from(await readSmallBlob(ctx, workspace, entry.digest)).toString();
  };
  const { definition, issues } = parsePipeline(await read(file, "file"), file);
  if (!definition) {
    throw invalid(`${file} is not a pipeline that can be run: ${issues[0]?.at}: ${issues[0]?.message}.`, {
      hint: issues[0]?.hint,
      issues,
    });
  }
  const { environment } = definition;
  return { definition, condaFile: environment === null ? null : await read(environment, "conda file") };
}

async function pinModels(ctx: Ctx, workspace: string, models: NewBuild["models"]): Promise<Build["models"]> {
  const pinned: Build["models"] = [];
  for (const reference of models) {
    const { name, version, digest } = await resolveModelReference(ctx, workspace, reference);
    if (!digest) throw conflict(`Model "${name}" version ${version} has no files yet.`);
    pinned.push({ name, version, digest });
  }
  return pinned;
}

function jobOf(
  { name, tree }: NewBuild,
  number: number,
  definition: BuildDefinition,
  condaFile: string | null,
  forceRerun: boolean,
): JobDefinition {
  return jobDefinitionSchema.parse({
    type: "command",
    displayName: `Build ${name} ${number}`,
    experiment: `build-${name}`,
    forceRerun,
    steps: {
      build: {
        command: commandOf(definition),
        code: tree,
        environment: { name: null, condaFile, image: null },
        outputs: { results: { type: "uri_folder" } },
      },
    },
  });
}

export async function getBuild(ctx: Ctx, workspace: string, number: number): Promise<Build> {
  const row = await store.findBuild(ctx.db, workspace, number);
  if (!row) throw notFound("build", String(number), "List them with `trainyard build list`.");
  return store.buildOf(row);
}

export async function listBuilds(
  ctx: Ctx,
  workspace: string,
  query: { limit: number; after?: number },
): Promise<{ items: Build[]; next?: string }> {
  const rows = await store.listRows(ctx.db, workspace, query.limit + 1, query.after);
  const items = rows.slice(0, query.limit).map(store.buildOf);
  return { items, next: rows.length > query.limit ? String(items.at(-1)!.number) : undefined };
}

const mostBuilds = 50;

/** The newest builds that package a model version. */
export async function buildsOf(
  ctx: Ctx,
  workspace: string,
  model: { name: string; version: string },
): Promise<Build[]> {
  return (await store.listBuildsOf(ctx.db, workspace, model, mostBuilds)).map(store.buildOf);
}
