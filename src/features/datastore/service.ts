import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import type { z } from "zod";
import { type Datastore, type datastoreContract, requiredSettings } from "../../contract/datastore.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { type Principal, requirePermission } from "../../platform/http/bind.ts";
import { requireWorkspace } from "../workspace/index.ts";
import type { DatastoreTable } from "./schema.ts";
import * as store from "./store.ts";

type Definition = z.output<typeof datastoreContract.put.body>;
/** What is kept; from where it is read depends on how the server is set up. */
export type KnownDatastore = Omit<Datastore, "url" | "folder" | "writable">;

const knownOf = (row: DatastoreTable): KnownDatastore => ({
  name: row.name,
  type: row.type as Datastore["type"],
  description: row.description,
  settings: JSON.parse(row.settings) as Record<string, string>,
  createdAt: row.created_at,
  createdBy: { id: row.created_by_id, name: row.created_by_name },
});

export async function listDatastores(ctx: Ctx, workspace: string): Promise<KnownDatastore[]> {
  return (await store.listDatastores(ctx.db, workspace)).map(knownOf);
}

export async function findDatastore(ctx: Ctx, workspace: string, name: string): Promise<KnownDatastore | undefined> {
  const row = await store.findDatastoreRow(ctx.db, workspace, name);
  return row && knownOf(row);
}

export async function getDatastore(ctx: Ctx, workspace: string, name: string): Promise<KnownDatastore> {
  const found = await findDatastore(ctx, workspace, name);
  if (!found) throw notFound("datastore", name, "List them with `trainyard datastore list`.");
  return found;
}

/** Names a place, or changes what the name means. Content that was read through it stays what it was. */
export async function putDatastore(
  ctx: Ctx,
  principal: Principal,
  at: { workspace: string; name: string },
  wanted: Definition,
): Promise<KnownDatastore> {
  const missing = requiredSettings[wanted.type].find((setting) => !wanted.settings[setting]);
  if (missing) throw invalid(`A datastore of type ${wanted.type} needs the setting "${missing}".`);
  if (wanted.type === "local") {
    requirePermission(principal, "datastore:local", "*");
    await checkFolder(ctx, wanted.settings.path!);
  }
  return transaction(ctx, async (tx) => {
    await requireWorkspace(tx, at.workspace);
    const before = await store.findDatastoreRow(tx.db, at.workspace, at.name);
    await store.putDatastore(tx.db, {
      ...{ ...at, type: wanted.type, description: wanted.description, settings: JSON.stringify(wanted.settings) },
      ...{ created_at: tx.clock.now(), created_by_id: tx.actor.id, created_by_name: tx.actor.name },
    });
    record(tx, {
      ...{ workspace: at.workspace, type: before ? "datastore.changed" : "datastore.created" },
      ...{ subject: `datastore/${at.name}`, data: { type: wanted.type, settings: wanted.settings } },
    });
    return getDatastore(tx, at.workspace, at.name);
  });
}

async function checkFolder(ctx: Ctx, path: string): Promise<void> {
  if (!isAbsolute(path)) throw invalid(`"${path}" is not an absolute path of the server.`);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isDirectory()) throw invalid(`There is no folder ${path} on the server.`);
  await requireForeign(ctx, path);
}

/**
 * Refuses a folder of the installation's own: a datastore is read by everybody in the workspace. Asked whenever it is
 * used, because a link in its path may lead elsewhere by then.
 */
export async function requireForeign(ctx: Ctx, path: string): Promise<void> {
  const [folder, home] = await Promise.all([path, ctx.config.home].map(realPlace));
  if (isBelow(folder!, home!) || isBelow(home!, folder!)) {
    throw invalid(`${path} holds what the installation keeps for itself, and is no datastore.`);
  }
}

const realPlace = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

const isBelow = (outer: string, inner: string): boolean => !/^\.\.(\/|$)/.test(relative(outer, inner));

export async function deleteDatastore(ctx: Ctx, workspace: string, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    if (!(await store.deleteDatastore(tx.db, workspace, name))) await getDatastore(tx, workspace, name);
    record(tx, { workspace, type: "datastore.deleted", subject: `datastore/${name}` });
  });
}
