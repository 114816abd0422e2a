import type { Ctx } from "../../platform/context.ts";

/**
 * Numbers without gaps, per workspace and noun. `lockNumbers` makes those who create one wait for each other, so that
 * of two with the same idempotency key the second finds the first.
 */
export const lockNumbers = (tx: Ctx, workspace: string, noun: string) =>
  tx.db
    .insertInto("numbering")
    .values({ workspace, noun, last: 0 })
    .onConflict((known) =>
      known.columns(["workspace", "noun"]).doUpdateSet((eb) => ({ last: eb.ref("numbering.last") })),
    )
    .execute();

export async function nextNumber(tx: Ctx, workspace: string, noun: string): Promise<number> {
  const { last } = await tx.db
    .updateTable("numbering")
    .set((eb) => ({ last: eb("last", "+", 1) }))
    .where("workspace", "=", workspace)
    .where("noun", "=", noun)
    .returning("last")
    .executeTakeFirstOrThrow();
  return last;
}
