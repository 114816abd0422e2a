import { createExecution } from "../../src/engine/index.ts";
import { createTaskToken } from "../../src/features/access/index.ts";
import type { Ctx } from "../../src/platform/context.ts";
import { transaction } from "../../src/platform/db/transaction.ts";

/** The token of a step that runs for as long as the test does, without an agent. */
export function tokenOfStep(ctx: Ctx, workspace: string): Promise<string> {
  return transaction(ctx, async (tx) => {
    const tasks = [{ name: "one", needs: [], kind: "step" }];
    const execution = await createExecution(tx, { workspace, kind: "job", subject: "a job", tasks });
    await tx.db.updateTable("task").set({ state: "running" }).where("execution_id", "=", execution).execute();
    return createTaskToken(tx, workspace, `${execution}/one`, 60_000);
  });
}
