import { Problem } from "../../contract/errors.ts";
import type { ImportedModel, ImportedVersion } from "../../contract/import.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { moveAlias } from "./alias.ts";
import * as facts from "./facts-store.ts";
import { getPolicy } from "./policy.ts";
import { isProtectedStage } from "./protect.ts";
import { createModel, createVersion, type NewVersion } from "./register.ts";
import * as store from "./store.ts";

/** Makes a model that is not there yet, with the times it has elsewhere; a description that is there stays. */
export async function importModel(ctx: Ctx, workspace: string, model: ImportedModel): Promise<void> {
  const { name, description } = model;
  await transaction(ctx, async (tx) => {
    const known = await store.findModel(tx.db, workspace, name);
    if (!known) await createModel(tx, { workspace, name, description });
    for (const [key, value] of model.tags) await facts.upsertModelTag(tx.db, { workspace, name, key, value });
    const times = known ? {} : { created_at: model.createdAt, updated_at: model.updatedAt };
    await store.updateModel(tx.db, workspace, name, { ...times, description: known?.description || description });
  });
}

/**
 * Adds a version under its number. One that is there stays; gives what differs then, and a protected stage that it
 * would have been in for somebody who may promote.
 */
export async function importVersion(
  ctx: Ctx,
  principal: Principal,
  wanted: {
    workspace: string;
    name: string;
    version: ImportedVersion;
    origin: Pick<NewVersion, "jobId" | "trainingData" | "parents">;
  } & Pick<NewVersion, "tree" | "metrics">,
): Promise<string | undefined> {
  const { workspace, name, version, tree, metrics, origin } = wanted;
  return transaction(ctx, async (tx) => {
    const known = await store.findVersion(tx.db, workspace, name, version.version);
    if (known) return differenceOf(known, version, tree);
    const { description, source, runId, runLink, loggedModelId } = version;
    const isHeld =
      !principal.may("model:promote", workspace) && isProtectedStage(await getPolicy(tx, workspace), version.stage);
    const imported = isHeld ? { ...version, stage: "None" } : version;
    await createVersion(tx, {
      ...{ workspace, name, tree, metrics, description, source, runId, runLink, loggedModelId },
      ...{ ...origin, tags: Object.fromEntries(version.tags), imported },
    });
    return isHeld
      ? `version ${version.version} is in no stage: ${version.stage} is protected, and entering it takes the permission model:promote`
      : undefined;
  });
}

function differenceOf(
  known: { digest: string | null; run_id: string | null; source: string },
  version: ImportedVersion,
  tree: string | null,
): string | undefined {
  if (known.source !== version.source || known.run_id !== version.runId)
    return `there is another version ${version.version} here, made from ${known.source || "a stored tree"}`;
  if (known.digest !== tree) return `version ${version.version} has other files here`;
  return undefined;
}

/** Points the aliases as they are elsewhere, for somebody who must be allowed to. Gives those that cannot be. */
export async function importAliases(
  ctx: Ctx,
  principal: Principal,
  workspace: string,
  model: ImportedModel,
): Promise<string[]> {
  const refused: string[] = [];
  for (const [alias, version] of model.aliases) {
    try {
      const reason = "imported";
      await moveAlias(ctx, principal, { workspace, name: model.name, alias, version: String(version), reason });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused.push(`alias ${alias}: ${error.message}`);
    }
  }
  return refused;
}
