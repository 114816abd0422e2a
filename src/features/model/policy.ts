import { conflict } from "../../contract/errors.ts";
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
    await requireUnused(tx, workspace, before, policy);
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

/** A stage with versions in it stays; so does its spelling. */
async function requireUnused(ctx: Ctx, workspace: string, before: ModelPolicy, policy: ModelPolicy): Promise<void> {
  const gone = before.stages.filter((stage) => !policy.stages.includes(stage));
  if (gone.length === 0) return;
  const row = await ctx.db
    .selectFrom("model_version")
    .select(["name", "version", "stage"])
    .where("workspace", "=", workspace)
    .where("stage", "in", gone)
    .limit(1)
    .executeTakeFirst();
  if (!row) return;
  throw conflict(`Version ${row.version} of model ${row.name} is in stage ${row.stage}.`, "Move it elsewhere first.");
}
