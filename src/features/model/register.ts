import { conflict, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { readTree, sizeOf } from "../blob/index.ts";
import { startCheck } from "./check/index.ts";
import * as facts from "./facts-store.ts";
import { insertParents, type VersionName } from "./parent.ts";
import { requireModel } from "./read.ts";
import type { ModelVersionTable } from "./schema.ts";
import * as store from "./store.ts";
import { formatOf, modelName, stageName } from "./version.ts";

export async function createModel(
  ctx: Ctx,
  wanted: { workspace: string; name: string; description?: string; tags?: Record<string, string> },
): Promise<void> {
  await transaction(ctx, async (tx) => {
    if (await insertModel(tx, wanted)) return;
    throw new Problem("conflict", `Registered Model (name=${wanted.name}) already exists.`, {
      hint: "Add a version to it, or choose another name.",
    });
  });
}

/** False when there is one already. */
export async function insertModel(
  tx: Ctx,
  wanted: { workspace: string; name: string; description?: string; tags?: Record<string, string> },
): Promise<boolean> {
  const { workspace } = wanted;
  const name = modelName(wanted.name);
  const now = tx.clock.now();
  const description = wanted.description ?? "";
  const row = { workspace, name, description, last_version: 0, created_at: now, updated_at: now };
  if (!(await store.insertModel(tx.db, row))) return false;
  for (const [key, value] of Object.entries(wanted.tags ?? {}))
    await facts.upsertModelTag(tx.db, { workspace, name, key, value });
  record(tx, { workspace, type: "model.created", subject: `model/${name}` });
  return true;
}

export interface NewVersion {
  workspace: string;
  name: string;
  /** Tree of the files; null when they are kept where this server cannot see them. */
  tree: string | null;
  /** The number that it is to have; without one, the next. */
  version?: number;
  format?: string;
  description?: string;
  source?: string;
  runId: string | null;
  runLink?: string;
  loggedModelId?: string | null;
  jobId: string | null;
  trainingData: string[];
  tags?: Record<string, string>;
  metrics?: Record<string, number>;
  /** Versions that it was made from. */
  parents?: VersionName[];
  /** What a version that is taken over from another registry brings along. */
  imported?: { version: number; stage: string; createdAt: number; updatedAt: number; user: string };
}

/** Adds a version to a model that is there: the next number, or the one that it had elsewhere. */
export async function createVersion(ctx: Ctx, wanted: NewVersion): Promise<string> {
  const { workspace, name } = wanted;
  const files = wanted.tree === null ? [] : await readTree(ctx, workspace, wanted.tree);
  return transaction(ctx, async (tx) => {
    await requireModel(tx, workspace, name);
    const now = tx.clock.now();
    const { imported } = wanted;
    const number = imported?.version ?? wanted.version;
    const version =
      number === undefined
        ? await store.takeVersion(tx.db, workspace, name, now)
        : await store.keepVersion(tx.db, workspace, name, number);
    await store.insertVersion(tx.db, {
      workspace,
      name,
      version,
      description: wanted.description ?? "",
      digest: wanted.tree,
      size: sizeOf(files),
      format: wanted.format ?? formatOf(files),
      stage: imported ? stageName(imported.stage) : "None",
      source: wanted.source ?? "",
      run_id: wanted.runId,
      run_link: wanted.runLink ?? "",
      logged_model_id: wanted.loggedModelId ?? null,
      job_id: wanted.jobId,
      created_at: imported?.createdAt ?? now,
      updated_at: imported?.updatedAt ?? now,
      actor_id: tx.actor.id,
      actor_name: imported?.user || tx.actor.name,
    });
    const key = { workspace, name, version };
    for (const [tag, value] of Object.entries(wanted.tags ?? {}))
      await facts.upsertVersionTag(tx.db, { ...key, key: tag, value });
    await facts.insertVersionFacts(tx.db, key, { metrics: wanted.metrics ?? {}, trainingData: wanted.trainingData });
    await insertParents(tx.db, key, wanted.parents ?? []);
    record(tx, {
      workspace,
      type: "model.version.created",
      subject: `model/${name}/${version}`,
      data: { digest: wanted.tree, runId: wanted.runId, jobId: wanted.jobId, trainingData: wanted.trainingData },
    });
    if (wanted.tree !== null) await startCheck(tx, key, wanted.tree);
    return String(version);
  });
}

/** Registers a tree of files. The model is made when there is none; files that are registered already stay one version. */
export async function registerModelVersion(
  tx: Ctx,
  wanted: NewVersion & { tree: string },
): Promise<{ version: string; digest: string; existed: boolean }> {
  const { workspace, name, tree } = wanted;
  return transaction(tx, async (tx) => {
    await insertModel(tx, { workspace, name });
    await store.lockModel(tx.db, workspace, name);
    const known = await findKnown(tx, wanted);
    if (known) return { version: String(known.version), digest: tree, existed: true };
    return { version: await createVersion(tx, wanted), digest: tree, existed: false };
  });
}

/** The version that the caller means, if it is there. */
async function findKnown({ db }: Ctx, wanted: NewVersion & { tree: string }): Promise<ModelVersionTable | undefined> {
  const { workspace, name, tree, version } = wanted;
  if (version === undefined) return store.findVersionByDigest(db, workspace, name, tree);
  const taken = await store.findVersion(db, workspace, name, version);
  if (!taken || taken.digest === tree) return taken;
  throw conflict(
    `Version ${version} of model ${name} is there already and has other files; a version never changes.`,
    "Leave the version out for the next free number, or give another one.",
  );
}
