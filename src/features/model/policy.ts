import { type ModelPolicy, modelPolicySchema } from "../../contract/model-policy.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";

export async function getPolicy(ctx: Ctx, workspace: string): Promise<ModelPolicy> {
  const row = await ctx.db
    .selectFrom("model_policy")
    .select("definition")
    .where("workspace", "=", workspace)
    .executeTakeFirst();
  return modelPolicySchema.parse(row ? JSON.parse(row.definition) : {});
}

/** Changes what is named; the rest stays. */
export async function setPolicy(ctx: Ctx, workspace: string, change: Partial<ModelPolicy>): Promise<ModelPolicy> {
  return transaction(ctx, async (tx) => {
    const before = await getPolicy(tx, workspace);
    const policy = modelPolicySchema.parse({ ...before, ...change });
    const row = { definition: canonicalJson(policy), updated_at: tx.clock.now() };
    if (row.definition === canonicalJson(before)) return before;
    await tx.db
      .insertInto("model_policy")
      .values({ workspace, ...row })
      .onConflict((known) => known.column("workspace").doUpdateSet(row))
      .execute();
    record(tx, { workspace, type: "model.policy.changed", subject: "model-policy", data: { policy, before } });
    return policy;
  });
}
