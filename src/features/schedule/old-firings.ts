import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { removeRows } from "../../platform/db/delete-some.ts";

/** Forgets when schedules fired long ago. What waits stays, and of each schedule the newest: it says how it is now. */
export function removeFirings(
  ctx: Ctx,
  { workspace, before, dryRun }: { workspace: string; before: number; dryRun: boolean },
): Promise<number> {
  const where = sql`workspace = ${workspace} and state <> 'queued' and created_at < ${before}
    and id < (select max(newer.id) from schedule_firing as newer
      where newer.workspace = schedule_firing.workspace and newer.schedule = schedule_firing.schedule)`;
  return removeRows(ctx, { table: "schedule_firing", key: ["id"], where }, dryRun);
}
