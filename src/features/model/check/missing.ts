import type { Ctx } from "../../../platform/context.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import { startCheck } from "./start.ts";

const perTurn = 100;

/** Checks versions that are older than the checks; once, when a server starts. */
export async function checkMissing(ctx: Ctx, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const rows = await ctx.db
      .selectFrom("model_version")
      .leftJoin("model_check", (join) =>
        join
          .onRef("model_check.workspace", "=", "model_version.workspace")
          .onRef("model_check.name", "=", "model_version.name")
          .onRef("model_check.version", "=", "model_version.version"),
      )
      .select(["model_version.workspace", "model_version.name", "model_version.version", "model_version.digest"])
      .where("model_version.digest", "is not", null)
      .where("model_check.name", "is", null)
      .limit(perTurn)
      .execute();
    if (rows.length === 0) return;
    await transaction(ctx, async (tx) => {
      for (const { digest, ...key } of rows) await startCheck(tx, key, digest!);
    });
  }
}
