import type { AliasChange } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { requireAliasRight } from "./protect.ts";
import { getVersion, requireModel } from "./read.ts";
import * as store from "./store.ts";
import { aliasName } from "./version.ts";

/** Points an alias at a version; where it pointed before is kept. Pointing it where it points already changes nothing. */
export async function setAlias(
  tx: Ctx,
  wanted: { workspace: string; name: string; alias: string; version: string; reason: string },
): Promise<void> {
  const { workspace, name, reason } = wanted;
  const alias = aliasName(wanted.alias);
  await transaction(tx, async (tx) => {
    const version = Number((await getVersion(tx, workspace, name, wanted.version)).version);
    const previous = (await store.findAlias(tx.db, workspace, name, alias))?.version ?? null;
    if (previous === version) return;
    await store.upsertAlias(tx.db, { workspace, name, alias, version });
    await note(tx, { workspace, name, alias, version, previous, reason });
  });
}

/** The same, for somebody who must be allowed to. */
export async function moveAlias(ctx: Ctx, principal: Principal, wanted: Parameters<typeof setAlias>[1]): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireAliasRight(tx, principal, wanted.workspace, wanted.alias);
    await setAlias(tx, wanted);
  });
}

/** Takes an alias away; one that is not there is no error. */
export async function deleteAlias(
  ctx: Ctx,
  principal: Principal,
  wanted: { workspace: string; name: string; alias: string; reason: string },
): Promise<void> {
  const { workspace, name, alias, reason } = wanted;
  await transaction(ctx, async (tx) => {
    await requireAliasRight(tx, principal, workspace, alias);
    await requireModel(tx, workspace, name);
    const row = await store.findAlias(tx.db, workspace, name, alias);
    if (!row) return;
    await store.deleteAlias(tx.db, workspace, name, alias);
    await note(tx, { workspace, name, alias, version: null, previous: row.version, reason });
  });
}

/** Where the aliases of a model pointed, newest first. */
export async function aliasHistory(
  ctx: Ctx,
  workspace: string,
  name: string,
  { alias, limit }: { alias?: string; limit: number },
): Promise<AliasChange[]> {
  await requireModel(ctx, workspace, name);
  const rows = await store.listAliasChanges(ctx.db, { workspace, name, alias, limit });
  return rows.map((row) => ({
    alias: row.alias,
    from: row.previous === null ? null : String(row.previous),
    to: row.version === null ? null : String(row.version),
    at: row.at,
    by: { id: row.actor_id, name: row.actor_name },
    reason: row.reason,
  }));
}

async function note(
  tx: Ctx,
  change: {
    workspace: string;
    name: string;
    alias: string;
    version: number | null;
    previous: number | null;
    reason: string;
  },
): Promise<void> {
  const { workspace, name, alias, version, previous, reason } = change;
  const actor = { actor_id: tx.actor.id, actor_name: tx.actor.name };
  await store.insertAliasChange(tx.db, { ...change, ...actor, at: tx.clock.now() });
  await store.updateModel(tx.db, workspace, name, { updated_at: tx.clock.now() });
  record(tx, {
    workspace,
    type: version === null ? "model.alias.deleted" : "model.alias.set",
    subject: `model/${name}`,
    data: { alias, version: version && String(version), previous: previous && String(previous) },
    reason,
  });
}
