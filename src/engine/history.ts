import { sql } from "kysely";
import type { Ctx } from "../platform/context.ts";
import { removeRows } from "../platform/db/delete-some.ts";
import type { SchemaStep } from "../platform/db/migrate.ts";

/** What is there of an execution that has ended until it is too old, and the column that says since when it is gone. */
const columns = { log: "log_removed_at", events: "events_removed_at" } as const;

/** So many are looked at together. */
const atOnce = 50;

export interface TooOld {
  workspace: string;
  /** Of what ended at this time or later, everything stays. */
  before: number;
  dryRun: boolean;
}

/**
 * Removes something of executions that ended long ago, by `remove`, which gives how much of it there was and does nothing
 * in a dry run. What is interrupted goes on with the rest.
 */
export async function removeOfEnded(
  ctx: Ctx,
  what: keyof typeof columns,
  { workspace, before, dryRun }: TooOld,
  remove: (ids: string[]) => Promise<number>,
): Promise<number> {
  let removed = 0;
  for (let after = ""; ; ) {
    const rows = await ctx.db
      .selectFrom("execution")
      .select("id")
      .where("workspace", "=", workspace)
      .where("ended_at", "<", before)
      .where(columns[what], "is", null)
      .where("id", ">", after)
      .orderBy("id")
      .limit(atOnce)
      .execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return removed;
    removed += await remove(ids);
    const gone = { [columns[what]]: ctx.clock.now() };
    if (!dryRun) await ctx.db.updateTable("execution").set(gone).where("id", "in", ids).execute();
    after = ids.at(-1)!;
  }
}

/** Forgets what happened to tasks: what came of them is in their rows, and nobody follows an execution that has ended. */
export const removeEvents = (ctx: Ctx, tooOld: TooOld): Promise<number> =>
  removeOfEnded(ctx, "events", tooOld, (ids) => {
    const where = sql`execution_id in (${sql.join(ids)})`;
    return removeRows(ctx, { table: "execution_event", key: ["execution_id", "seq"], where }, tooOld.dryRun);
  });

export const historySchema: SchemaStep = {
  name: "0795-engine-history",
  async up(db) {
    for (const column of Object.values(columns)) {
      await db.schema.alterTable("execution").addColumn(column, "bigint").execute();
    }
  },
};
