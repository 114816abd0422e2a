import { type Retention, retentionSchema } from "../../contract/retention.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";

export async function getRetention(ctx: Ctx, workspace: string): Promise<Retention> {
  const row = await ctx.db
    .selectFrom("retention")
    .select("definition")
    .where("workspace", "=", workspace)
    .executeTakeFirst();
  return retentionSchema.parse(row ? JSON.parse(row.definition) : {});
}

/** Changes what is named; the rest stays. */
export async function setRetention(ctx: Ctx, workspace: string, change: Partial<Retention>): Promise<Retention> {
  return transaction(ctx, async (tx) => {
    const before = await getRetention(tx, workspace);
    const retention = retentionSchema.parse({ ...before, ...change });
    const row = { definition: canonicalJson(retention), updated_at: tx.clock.now() };
    if (row.definition === canonicalJson(before)) return before;
    await tx.db
      .insertInto("retention")
      .values({ workspace, ...row })
      .onConflict((known) => known.column("workspace").doUpdateSet(row))
      .execute();
    record(tx, { workspace, type: "retention.changed", subject: "retention", data: { retention, before } });
    return retention;
  });
}
