import { sql } from "kysely";
import type { Ctx } from "../platform/context.ts";
import { deleteSome } from "../platform/db/delete-some.ts";

/** Removes executions that have ended, with their tasks and what happened to them. */
export async function forgetExecutions(ctx: Ctx, ids: string[]): Promise<void> {
  const where = sql`execution_id in (${sql.join(ids)})`;
  await deleteSome(ctx, { table: "execution_event", key: ["execution_id", "seq"], where });
  await deleteSome(ctx, { table: "execution_post", key: ["execution_id", "id"], where });
  await deleteSome(ctx, { table: "task_need", key: ["execution_id", "need", "name"], where });
  await deleteSome(ctx, { table: "task", key: ["execution_id", "name"], where });
  await ctx.db.deleteFrom("execution").where("id", "in", ids).execute();
}
