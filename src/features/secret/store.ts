import type { Ctx } from "../../platform/context.ts";
import { holding } from "../../platform/db/hold.ts";
import type { SecretTable } from "./schema.ts";

/** A secret that has a value. */
export type KeptSecret = SecretTable & { sealed: string };

const isKept = (row: SecretTable): row is KeptSecret => row.sealed !== null;

export async function listSecretRows(ctx: Ctx, workspace: string, names?: string[]): Promise<KeptSecret[]> {
  let select = ctx.db.selectFrom("secret").selectAll().where("workspace", "=", workspace).orderBy("name");
  if (names) select = select.where("name", "in", names);
  return (await select.execute()).filter(isKept);
}

/** The row of a secret, also of a deleted one; nobody else changes it until the transaction ends. */
export const holdSecret = (tx: Ctx, workspace: string, name: string): Promise<SecretTable | undefined> =>
  holding(
    tx.db,
    tx.db.selectFrom("secret").selectAll().where("workspace", "=", workspace).where("name", "=", name),
  ).executeTakeFirst();

export async function putSecret(tx: Ctx, row: SecretTable): Promise<void> {
  const { workspace: _, name: __, ...change } = row;
  await tx.db
    .insertInto("secret")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "name"]).doUpdateSet(change))
    .execute();
}
