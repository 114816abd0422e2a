import { Problem } from "../../contract/errors.ts";
import type { StageChange } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { getPolicy } from "./policy.ts";
import { isProtectedStage } from "./protect.ts";
import { getVersion, type RegisteredVersion, requireModel } from "./read.ts";
import * as store from "./store.ts";
import { stageName, stages } from "./version.ts";

/** Stages of versions, in their order: MLflow's four, and between them those of the workspace. */
export async function stagesOf(ctx: Ctx, workspace: string): Promise<string[]> {
  const [none, ...others] = stages;
  return [none, ...(await getPolicy(ctx, workspace)).stages, ...others];
}

export interface Move {
  workspace: string;
  name: string;
  version: string;
  stage: string;
  /** What is in that stage already goes to Archived. */
  archiveOthers: boolean;
  reason: string;
}

/** Moves a version to a stage. Into a protected stage and out of it, only who may promote moves anything. */
export async function moveToStage(ctx: Ctx, principal: Principal, wanted: Move): Promise<RegisteredVersion> {
  const { workspace, name, version } = wanted;
  return transaction(ctx, async (tx) => {
    const stage = stageName(wanted.stage, await stagesOf(tx, workspace));
    await store.lockModel(tx.db, workspace, name);
    const found = await getVersion(tx, workspace, name, version);
    const others = wanted.archiveOthers ? await store.listVersionRows(tx.db, workspace, name) : [];
    await requireStageRight(tx, principal, workspace, [found.stage, stage]);
    for (const other of others) {
      if (String(other.version) === found.version || other.stage !== stage) continue;
      await setStage(tx, { ...wanted, version: other.version, from: stage, to: "Archived" });
    }
    await setStage(tx, { ...wanted, version: Number(found.version), from: found.stage, to: stage });
    return getVersion(tx, workspace, name, version);
  });
}

async function setStage(
  tx: Ctx,
  change: { workspace: string; name: string; version: number; from: string; to: string; reason: string },
): Promise<void> {
  const { workspace, name, version, from, to, reason } = change;
  const at = tx.clock.now();
  await store.updateVersion(tx.db, { workspace, name, version }, { stage: to, updated_at: at });
  await store.updateModel(tx.db, workspace, name, { updated_at: at });
  if (from === to) return;
  await tx.db
    .insertInto("model_stage_change")
    .values({
      ...{ id: tx.ids.next(), workspace, name, version, from_stage: from, to_stage: to },
      ...{ at, actor_id: tx.actor.id, actor_name: tx.actor.name, reason },
    })
    .execute();
  const subject = `model/${name}/${version}`;
  record(tx, { workspace, type: "model.stage.set", subject, data: { stage: to, from }, reason });
}

async function requireStageRight(ctx: Ctx, principal: Principal, workspace: string, touched: string[]): Promise<void> {
  if (principal.may("model:promote", workspace)) return;
  const policy = await getPolicy(ctx, workspace);
  const held = touched.find((stage) => isProtectedStage(policy, stage));
  if (held === undefined) return;
  throw new Problem(
    "forbidden",
    `The stage ${held} is protected in workspace ${workspace}: ${principal.actor.name} may move no version into it or out of it.`,
    { hint: "This takes the permission model:promote." },
  );
}

/** Transitions of the versions of a model, newest first. */
export async function stageHistory(
  ctx: Ctx,
  workspace: string,
  name: string,
  { version, limit }: { version?: string; limit: number },
): Promise<StageChange[]> {
  await requireModel(ctx, workspace, name);
  let query = ctx.db
    .selectFrom("model_stage_change")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name);
  if (version !== undefined) query = query.where("version", "=", Number(version));
  const rows = await query.orderBy("id", "desc").limit(limit).execute();
  return rows.map((row) => ({
    version: String(row.version),
    from: row.from_stage,
    to: row.to_stage,
    at: row.at,
    by: { id: row.actor_id, name: row.actor_name },
    reason: row.reason,
  }));
}
