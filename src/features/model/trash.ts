import type { z } from "zod";
import { conflict, notFound } from "../../contract/errors.ts";
import type { deletedVersionSchema } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { getVersion, type RegisteredVersion } from "./read.ts";
import { insertModel } from "./register.ts";
import type { ModelVersionTable } from "./schema.ts";
import * as store from "./store.ts";
import type { DeletedVersionTable } from "./trash-schema.ts";

/** Tables with what belongs to a version. Aliases are not among them: they point elsewhere by now, or nowhere. */
const factTables = ["model_version_tag", "model_version_metric", "model_version_data", "model_version_parent"] as const;

/** Keeps what a version consists of, before it is deleted. */
export async function keepDeleted(tx: Ctx, row: ModelVersionTable): Promise<void> {
  const { workspace, name, version } = row;
  const content: Record<string, unknown[]> = { model_version: [row] };
  for (const table of factTables) {
    content[table] = await tx.db
      .selectFrom(table)
      .selectAll()
      .where("workspace", "=", workspace)
      .where("name", "=", name)
      .where("version", "=", version)
      .execute();
  }
  await tx.db
    .insertInto("deleted_model_version")
    .values({
      ...{ id: tx.ids.next(), workspace, name, version, digest: row.digest },
      ...{ content: JSON.stringify(content), deleted_at: tx.clock.now() },
      ...{ actor_id: tx.actor.id, actor_name: tx.actor.name },
    })
    .execute();
}

/** Versions that can be restored, the last deleted first. */
export async function listDeleted(
  ctx: Ctx,
  workspace: string,
  name: string,
): Promise<z.output<typeof deletedVersionSchema>[]> {
  const rows = await deletedRows(ctx, workspace, name).orderBy("id", "desc").execute();
  return rows.map((row) => ({
    name: row.name,
    version: String(row.version),
    digest: row.digest,
    deletedAt: row.deleted_at,
    deletedBy: { id: row.actor_id, name: row.actor_name },
  }));
}

const deletedRows = (ctx: Ctx, workspace: string, name: string) =>
  ctx.db.selectFrom("deleted_model_version").selectAll().where("workspace", "=", workspace).where("name", "=", name);

/**
 * Brings a deleted version back under its number, with its tags, metrics and data; the model too, if it is gone. It
 * comes back without aliases and in no stage: what these decide was decided about other versions meanwhile.
 */
export async function restoreVersion(
  ctx: Ctx,
  { workspace, name, version }: { workspace: string; name: string; version: string },
): Promise<RegisteredVersion> {
  return transaction(ctx, async (tx) => {
    const number = Number(version);
    const row = await deletedRows(tx, workspace, name)
      .where("version", "=", Number.isSafeInteger(number) ? number : -1)
      .orderBy("id", "desc")
      .executeTakeFirst();
    if (!row) {
      const hint = "It was never deleted, or is purged by now: `trainyard model deleted <name>` lists what there is.";
      throw notFound(`deleted version of model ${name}`, version, hint);
    }
    await insertModel(tx, { workspace, name });
    await store.lockModel(tx.db, workspace, name);
    if (await store.findVersion(tx.db, workspace, name, row.version)) {
      throw conflict(
        `Model ${name} has a version ${row.version} already.`,
        "The model was deleted and made anew: register the files again instead.",
      );
    }
    const content = contentOf(row);
    await store.insertVersion(tx.db, { ...content.model_version[0], stage: "None" });
    for (const table of factTables) {
      const rows = content[table] ?? [];
      if (rows.length > 0) await tx.db.insertInto(table).values(rows).execute();
    }
    await store.raiseLastVersion(tx.db, workspace, name, row.version);
    await tx.db.deleteFrom("deleted_model_version").where("id", "=", row.id).execute();
    record(tx, { workspace, type: "model.version.restored", subject: `model/${name}/${row.version}` });
    return getVersion(tx, workspace, name, String(row.version));
  });
}

const contentOf = ({ content }: Pick<DeletedVersionTable, "content">) =>
  JSON.parse(content) as { model_version: [ModelVersionTable] } & Record<string, never[]>;

/** The jobs that made versions which were deleted since and can still be restored. */
export async function jobsOfDeletedVersions(ctx: Ctx, workspace: string, since: number): Promise<string[]> {
  const rows = await ctx.db
    .selectFrom("deleted_model_version")
    .select("content")
    .where("workspace", "=", workspace)
    .where("deleted_at", ">=", since)
    .execute();
  return rows.flatMap((row) => contentOf(row).model_version[0].job_id ?? []);
}

/** Forgets versions that were deleted before a time; gives how many. */
export async function purgeDeletedVersions(
  ctx: Ctx,
  workspace: string,
  { before, dryRun }: { before: number; dryRun: boolean },
): Promise<number> {
  return transaction(ctx, async (tx) => {
    const rows = await tx.db
      .selectFrom("deleted_model_version")
      .select(["id", "name", "version"])
      .where("workspace", "=", workspace)
      .where("deleted_at", "<", before)
      .execute();
    if (dryRun) return rows.length;
    for (const { id, name, version } of rows) {
      await tx.db.deleteFrom("deleted_model_version").where("id", "=", id).execute();
      record(tx, { workspace, type: "model.version.purged", subject: `model/${name}/${version}` });
    }
    return rows.length;
  });
}
