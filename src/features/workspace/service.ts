import { conflict, notFound } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { remember } from "../../platform/remember.ts";

export interface Workspace {
  name: string;
  description: string;
  createdAt: number;
}

/** The workspaces that a caller may read. */
export async function listWorkspaces(ctx: Ctx, principal: Principal | undefined): Promise<Workspace[]> {
  const rows = await ctx.db.selectFrom("workspace").selectAll().orderBy("name").execute();
  return rows
    .filter((row) => principal?.may("workspace:read", row.name))
    .map((row) => ({ name: row.name, description: row.description, createdAt: row.created_at }));
}

export async function createWorkspace(ctx: Ctx, wanted: { name: string; description: string }): Promise<Workspace> {
  return transaction(ctx, async (tx) => {
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto("workspace")
      .values({ ...wanted, created_at: tx.clock.now() })
      .onConflict((already) => already.column("name").doNothing())
      .executeTakeFirst();
    if (!numInsertedOrUpdatedRows) throw conflict(`There is already a workspace "${wanted.name}".`);
    record(tx, { workspace: wanted.name, type: "workspace.created", subject: `workspace/${wanted.name}` });
    return { ...wanted, createdAt: tx.clock.now() };
  });
}

/** Fails with `not_found` when there is no such workspace. */
export async function requireWorkspace(ctx: Ctx, name: string): Promise<void> {
  const row = await ctx.db.selectFrom("workspace").select("name").where("name", "=", name).executeTakeFirst();
  if (!row) throw notFound("workspace", name, "`trainyard workspace list` shows which there are.");
}

const rememberedMs = 1000;

/** The same for every request: what was found a moment ago counts. */
export const createWorkspaceCheck = (ctx: Ctx): ((name: string) => Promise<void>) =>
  remember(ctx.clock, rememberedMs, (name) => requireWorkspace(ctx, name));
