import type { Ctx } from "../../platform/context.ts";
import type { JobTable } from "./schema.ts";

/** What a job does, its submitter does: the engine and the agent only carry it out. */
export const onBehalf = (tx: Ctx, row: JobTable): Ctx => ({
  ...tx,
  actor: { id: row.created_by_id, name: row.created_by_name },
});
