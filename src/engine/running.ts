import type { Ctx } from "../platform/context.ts";
import { prepared } from "../platform/db/prepared.ts";
import type { TaskTable } from "./schema.ts";
import type * as store from "./store.ts";

/** Whether somebody runs this task now. Asked with each token of a task, so that no end of one has to withdraw it. */
export async function isRunning(ctx: Ctx, key: store.TaskKey): Promise<boolean> {
  return (await stateOf.first(ctx.db, key))?.state === "running";
}

const stateOf = prepared<store.TaskKey, Pick<TaskTable, "state">>((db, value) =>
  db
    .selectFrom("task")
    .select("state")
    .where("execution_id", "=", value("executionId"))
    .where("name", "=", value("name")),
);
