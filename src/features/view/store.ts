import type { Db } from "../../platform/db/tables.ts";
import type { ViewTable } from "./schema.ts";

export async function listViews(db: Db, workspace: string, page?: string): Promise<ViewTable[]> {
  const query = db.selectFrom("view").selectAll().where("workspace", "=", workspace);
  return (page === undefined ? query : query.where("page", "=", page)).orderBy("page").orderBy("name").execute();
}

export const findView = (db: Db, workspace: string, id: string) =>
  db.selectFrom("view").selectAll().where("workspace", "=", workspace).where("id", "=", id).executeTakeFirst();

export const findNamedView = (db: Db, { workspace, page, name }: Pick<ViewTable, "workspace" | "page" | "name">) =>
  db
    .selectFrom("view")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("page", "=", page)
    .where("name", "=", name)
    .executeTakeFirst();

/** False when the page has a view of that name already. */
export async function insertView(db: Db, row: ViewTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("view")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "page", "name"]).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export const updateView = (db: Db, id: string, changes: Pick<ViewTable, "name" | "query" | "updated_at">) =>
  db.updateTable("view").set(changes).where("id", "=", id).execute();

export const deleteView = (db: Db, id: string) => db.deleteFrom("view").where("id", "=", id).execute();
