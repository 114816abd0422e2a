import { conflict, notFound, Problem } from "../../contract/errors.ts";
import type { View } from "../../contract/view.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { requireWorkspace } from "../workspace/index.ts";
import type { ViewTable } from "./schema.ts";
import * as store from "./store.ts";

type Query = Record<string, string>;

const viewOf = (row: ViewTable): View => ({
  id: row.id,
  page: row.page,
  name: row.name,
  query: JSON.parse(row.query) as Query,
  owner: { id: row.owner_id, name: row.owner_name },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export async function listViews(ctx: Ctx, workspace: string, page?: string): Promise<View[]> {
  return (await store.listViews(ctx.db, workspace, page)).map(viewOf);
}

export async function createView(
  ctx: Ctx,
  wanted: { workspace: string; page: string; name: string; query: Query },
): Promise<View> {
  return transaction(ctx, async (tx) => {
    await requireWorkspace(tx, wanted.workspace);
    const now = tx.clock.now();
    const { id, name } = tx.actor;
    const row: ViewTable = {
      ...wanted,
      id: tx.ids.next(),
      query: JSON.stringify(wanted.query),
      owner_id: id,
      owner_name: name,
      created_at: now,
      updated_at: now,
    };
    if (!(await store.insertView(tx.db, row))) throw nameIsTaken(wanted.name);
    noteChange(tx, "view.created", row);
    return viewOf(row);
  });
}

export async function updateView(
  ctx: Ctx,
  principal: Principal | undefined,
  wanted: { workspace: string; id: string; name?: string; query?: Query },
): Promise<View> {
  return transaction(ctx, async (tx) => {
    const row = await requireOwn(tx, principal, wanted.workspace, wanted.id);
    const changed = {
      name: wanted.name ?? row.name,
      query: wanted.query ? JSON.stringify(wanted.query) : row.query,
      updated_at: tx.clock.now(),
    };
    const other = await store.findNamedView(tx.db, { ...row, name: changed.name });
    if (other && other.id !== row.id) throw nameIsTaken(changed.name);
    await store.updateView(tx.db, row.id, changed);
    noteChange(tx, "view.changed", { ...row, ...changed });
    return viewOf({ ...row, ...changed });
  });
}

export async function deleteView(ctx: Ctx, principal: Principal | undefined, workspace: string, id: string) {
  await transaction(ctx, async (tx) => {
    const row = await requireOwn(tx, principal, workspace, id);
    await store.deleteView(tx.db, id);
    noteChange(tx, "view.deleted", row);
  });
}

async function requireOwn(tx: Ctx, principal: Principal | undefined, workspace: string, id: string) {
  const row = await store.findView(tx.db, workspace, id);
  if (!row) throw notFound("view", id, "List them with `trainyard view list`.");
  if (row.owner_id === tx.actor.id || principal?.may("access:manage", workspace)) return row;
  throw new Problem("forbidden", `The view "${row.name}" is ${row.owner_name}'s.`, {
    hint: "Save it under another name to have your own.",
  });
}

const nameIsTaken = (name: string) =>
  conflict(`This page has a view "${name}" already.`, "Choose another name, or change that view.");

const noteChange = (tx: Ctx, type: string, { workspace, id, page, name, query }: ViewTable) =>
  record(tx, { workspace, type, subject: `view/${id}`, data: { page, name, query: JSON.parse(query) as Query } });
