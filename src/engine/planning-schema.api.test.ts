import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, emptyDatabase } from "../../test/support/app.ts";
import { migrate } from "../platform/db/migrate.ts";
import { planningSchema } from "./planning-schema.ts";
import { engineSchema } from "./schema.ts";

describe.each(databases)("a store from before planning counted needs, on %s", (database) => {
  let store: Awaited<ReturnType<typeof emptyDatabase>>;
  beforeAll(async () => {
    store = await emptyDatabase(database);
  });
  afterAll(() => store.drop());

  it("goes on with what was under way, and leaves what has ended alone", async () => {
    const { db } = store;
    await migrate(db, [engineSchema]);
    const execution = {
      workspace: "default",
      kind: "job",
      subject: "1",
      continue_on_failure: 0,
      seq: 0,
      created_at: 1,
    };
    const task = { kind: "step", attempt: 0, system_faults: 0, max_attempts: 1, timeout_seconds: 1, input: "null" };
    for (const [id, state] of [
      ["old", "succeeded"],
      ["now", "running"],
    ] as const) {
      await db
        .insertInto("execution")
        .values({ ...execution, id, state, needs_plan: 0 } as never)
        .execute();
      for (const [position, [name, needs]] of [
        ["a", []],
        ["b", ["a", "a"]],
      ].entries()) {
        const own = { execution_id: id, name, needs: JSON.stringify(needs), position, state: "pending", epoch: 0 };
        await db
          .insertInto("task")
          .values({ ...task, ...own, available_at: 0 } as never)
          .execute();
      }
    }
    await migrate(db, [engineSchema, planningSchema]);
    const tasks = await db
      .selectFrom("task")
      .select(["execution_id", "name", "unmet", "told"])
      .where("name", "=", "b")
      .orderBy("execution_id")
      .execute();
    expect(tasks).toEqual([
      { execution_id: "now", name: "b", unmet: 1, told: 0 },
      { execution_id: "old", name: "b", unmet: 0, told: 0 },
    ]);
    expect(await db.selectFrom("task_need").selectAll().execute()).toEqual([
      { execution_id: "now", need: "a", name: "b" },
    ]);
    const executions = await db.selectFrom("execution").select(["id", "needs_plan", "sealed"]).orderBy("id").execute();
    expect(executions).toEqual([
      { id: "now", needs_plan: 1, sealed: 1 },
      { id: "old", needs_plan: 0, sealed: 1 },
    ]);
  });
});
