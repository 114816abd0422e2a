import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { Principal } from "../../platform/http/bind.ts";
import * as facts from "./facts-store.ts";
import { renameParent } from "./parent.ts";
import { requireUnprotected } from "./protect.ts";
import { getVersion, type RegisteredVersion, requireModel } from "./read.ts";
import * as store from "./store.ts";
import { keepDeleted } from "./trash.ts";
import { modelName } from "./version.ts";

export async function renameModel(
  ctx: Ctx,
  principal: Principal,
  model: { workspace: string; name: string; newName: string },
): Promise<void> {
  const { workspace, name } = model;
  const wanted = modelName(model.newName);
  await transaction(ctx, async (tx) => {
    await requireModel(tx, workspace, name);
    await requireUnprotected(tx, principal, { workspace, name });
    if (await store.findModel(tx.db, workspace, wanted))
      throw new Problem("conflict", `Registered Model (name=${wanted}) already exists.`);
    await renameParent(tx.db, workspace, name, wanted);
    await store.updateModel(tx.db, workspace, name, { name: wanted, updated_at: tx.clock.now() });
    record(tx, { workspace, type: "model.renamed", subject: `model/${wanted}`, data: { from: name } });
  });
}

export async function describeModel(ctx: Ctx, workspace: string, name: string, description: string): Promise<void> {
  await requireModel(ctx, workspace, name);
  await store.updateModel(ctx.db, workspace, name, { description, updated_at: ctx.clock.now() });
}

/** Deletes a model with all of its versions; a new model of that name counts from 1 again. */
export async function deleteModel(ctx: Ctx, principal: Principal, workspace: string, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireModel(tx, workspace, name);
    await requireUnprotected(tx, principal, { workspace, name });
    for (const row of await store.listVersionRows(tx.db, workspace, name)) await keepDeleted(tx, row);
    await store.deleteModel(tx.db, workspace, name);
    record(tx, { workspace, type: "model.deleted", subject: `model/${name}` });
  });
}

export async function setModelTag(ctx: Ctx, workspace: string, name: string, key: string, value: string) {
  await transaction(ctx, async (tx) => {
    await requireModel(tx, workspace, name);
    await facts.upsertModelTag(tx.db, { workspace, name, key, value });
    record(tx, { workspace, type: "model.tag.set", subject: `model/${name}`, data: tagData(key, value) });
  });
}

export async function deleteModelTag(ctx: Ctx, workspace: string, name: string, key: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireModel(tx, workspace, name);
    await facts.deleteModelTag(tx.db, workspace, name, key);
    record(tx, { workspace, type: "model.tag.deleted", subject: `model/${name}`, data: { key } });
  });
}

const longestTagInEvent = 10_000;

/** A tag may be a whole prompt; the trail needs the beginning of it. */
const tagData = (key: string, value: string) => ({ key, value: value.slice(0, longestTagInEvent) });

/** A version that is known to be there. */
async function keyOf(ctx: Ctx, workspace: string, name: string, version: string): Promise<facts.VersionKey> {
  const found = await getVersion(ctx, workspace, name, version);
  return { workspace, name, version: Number(found.version) };
}

export async function describeVersion(
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
  description: string,
): Promise<RegisteredVersion> {
  const key = await keyOf(ctx, workspace, name, version);
  await store.updateVersion(ctx.db, key, { description, updated_at: ctx.clock.now() });
  return getVersion(ctx, workspace, name, version);
}

export async function deleteVersion(
  ctx: Ctx,
  principal: Principal,
  { workspace, name, version }: { workspace: string; name: string; version: string },
): Promise<void> {
  await transaction(ctx, async (tx) => {
    const key = await keyOf(tx, workspace, name, version);
    await requireUnprotected(tx, principal, { workspace, name, version: String(key.version) });
    await keepDeleted(tx, (await store.findVersion(tx.db, workspace, name, key.version))!);
    await store.deleteVersion(tx.db, workspace, name, key.version);
    await store.updateModel(tx.db, workspace, name, { updated_at: tx.clock.now() });
    record(tx, { workspace, type: "model.version.deleted", subject: `model/${name}/${version}` });
  });
}

export async function setVersionTag(
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
  tag: { key: string; value: string },
): Promise<void> {
  await transaction(ctx, async (tx) => {
    await facts.upsertVersionTag(tx.db, { ...(await keyOf(tx, workspace, name, version)), ...tag });
    const data = tagData(tag.key, tag.value);
    record(tx, { workspace, type: "model.version.tag.set", subject: `model/${name}/${version}`, data });
  });
}

export async function deleteVersionTag(ctx: Ctx, workspace: string, name: string, version: string, key: string) {
  await transaction(ctx, async (tx) => {
    await facts.deleteVersionTag(tx.db, await keyOf(tx, workspace, name, version), key);
    record(tx, { workspace, type: "model.version.tag.deleted", subject: `model/${name}/${version}`, data: { key } });
  });
}
