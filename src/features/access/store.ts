import type { Role } from "../../contract/permissions.ts";
import { bulkInsert } from "../../platform/db/bulk.ts";
import { prepared } from "../../platform/db/prepared.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { CredentialTable } from "./schema.ts";

export interface UserRow {
  id: string;
  name: string;
  email: string | null;
  kind: "person" | "service";
  created_at: number;
}

export const insertUser = (db: Db, row: UserRow) => db.insertInto("user_account").values(row).execute();

export const insertRole = (db: Db, row: { user_id: string; workspace: string; role: Role }) =>
  db.insertInto("role_assignment").values(row).execute();

export const insertCredential = (db: Db, row: CredentialTable) => insertCredentials(db, [row]);

const insertCredentials = bulkInsert<CredentialTable>(
  "credential",
  {
    ...({ id: "text", kind: "text", hash: "text", user_id: "text", workspace: "text" } as const),
    ...({ description: "text", created_at: "bigint", expires_at: "bigint" } as const),
  },
  "refuse",
);

export const findUser = (db: Db, id: string) =>
  db.selectFrom("user_account").selectAll().where("id", "=", id).executeTakeFirst();

export const findUserByName = (db: Db, name: string) =>
  db.selectFrom("user_account").selectAll().where("name", "=", name).executeTakeFirst();

export const listUserRows = (db: Db) => db.selectFrom("user_account").selectAll().orderBy("name").execute();

export async function listRoles(db: Db, userId?: string) {
  let query = db.selectFrom("role_assignment").selectAll();
  if (userId) query = query.where("user_id", "=", userId);
  const rows = await query.execute();
  return rows.map((row) => ({ userId: row.user_id, workspace: row.workspace, role: row.role as Role }));
}

/** A credential that has not ended. */
export const findCredential = (db: Db, hash: string, now: number) => living.first(db, { hash, now });

const living = prepared<{ hash: string; now: number }, CredentialTable>((db, value) =>
  db.selectFrom("credential").selectAll().where("hash", "=", value("hash")).where("expires_at", ">", value("now")),
);

/** Takes a credential out of the world; true for the one caller that did it. */
export async function deleteCredential(db: Db, hash: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("credential").where("hash", "=", hash).executeTakeFirst();
  return numDeletedRows > 0n;
}

export const deleteTokens = (db: Db, user: string, description: string) =>
  db
    .deleteFrom("credential")
    .where("kind", "=", "token")
    .where("user_id", "=", user)
    .where("description", "=", description)
    .execute();

export const deleteTaskCredentials = (db: Db, task: string) =>
  db.deleteFrom("credential").where("kind", "=", "task").where("description", "=", task).execute();

/** Of all tasks of an execution, which are named `execution/task`: `0` is the character after the slash. */
export const deleteExecutionCredentials = (db: Db, execution: string) =>
  db
    .deleteFrom("credential")
    .where("kind", "=", "task")
    .where("description", ">=", `${execution}/`)
    .where("description", "<", `${execution}0`)
    .execute();

/** Credentials of tasks that had not ended before the clock was set forwards go on for as long as they had left. */
export const prolongTaskCredentials = (db: Db, now: number, ms: number) =>
  db
    .updateTable("credential")
    .set((eb) => ({ expires_at: eb("expires_at", "+", ms) }))
    .where("kind", "=", "task")
    .where("expires_at", ">", now - ms)
    .execute();

export const deleteEndedCredentials = (db: Db, now: number) =>
  db.deleteFrom("credential").where("expires_at", "<=", now).execute();
