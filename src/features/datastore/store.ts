import type { Db } from "../../platform/db/tables.ts";
import type { DatastoreTable } from "./schema.ts";

export const listDatastores = (db: Db, workspace: string): Promise<DatastoreTable[]> =>
  db.selectFrom("datastore").selectAll().where("workspace", "=", workspace).orderBy("name").execute();

export const findDatastoreRow = (db: Db, workspace: string, name: string): Promise<DatastoreTable | undefined> =>
  db.selectFrom("datastore").selectAll().where("workspace", "=", workspace).where("name", "=", name).executeTakeFirst();

export async function putDatastore(db: Db, row: DatastoreTable): Promise<void> {
  const { type, description, settings } = row;
  await db
    .insertInto("datastore")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "name"]).doUpdateSet({ type, description, settings }))
    .execute();
}

/** False when there is none. */
export async function deleteDatastore(db: Db, workspace: string, name: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("datastore")
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
