import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../test/support/app.ts";
import { transaction } from "../platform/db/transaction.ts";
import { claimTasks } from "./claim.ts";
import { createExecution } from "./create.ts";
import { getTask } from "./execution.ts";
import { planAll } from "./loop.ts";
import { completeAndClaim } from "./outcome.ts";
import type { HooksByKind, Lease, TaskDefinition } from "./types.ts";

const hooks: HooksByKind = new Map([
  ["test", { kind: "test", prepare: async () => ({ do: "queue", payload: null }), onEnd: async () => {} }],
]);

describe.each(databases)("a result that asks for what is next on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  const start = async (tasks: Pick<TaskDefinition, "name" | "needs">[], priority = 0): Promise<string> => {
    const wanted = { workspace: "w", kind: "test", subject: "s", priority };
    const named = tasks.map((task) => ({ ...task, kind: "step" }));
    const id = await transaction(app.ctx, (tx) => createExecution(tx, { ...wanted, tasks: named }));
    await planAll(app.ctx, hooks);
    return id;
  };
  const wish = { holder: "a", kinds: ["step"], max: 1 };
  const claimOne = async () => (await claimTasks(app.ctx, hooks, wish))[0]!;
  const complete = (lease: Lease) =>
    completeAndClaim(app.ctx, hooks, lease, null, (tx, within) => claimTasks(tx, hooks, { ...wish, within }));

  it("gets what the result leads to, once", async () => {
    const id = await start([
      { name: "first", needs: [] },
      { name: "second", needs: ["first"] },
      { name: "third", needs: ["first"] },
    ]);
    const { lease } = await claimOne();
    const [next] = await complete(lease);
    expect(next).toMatchObject({ lease: { execution: id, task: "second", epoch: 1 }, task: { state: "running" } });
    expect(await complete(lease), "said again").toEqual([]);
    expect((await claimOne()).lease.task).toBe("third");
    await expect(complete({ ...next!.lease, epoch: 7 })).rejects.toMatchObject({ code: "stale" });
  });

  it("leaves another job's turn to a claim", async () => {
    const id = await start([
      { name: "first", needs: [] },
      { name: "second", needs: ["first"] },
    ]);
    const { lease } = await claimOne();
    const urgent = await start([{ name: "first", needs: [] }], 1);
    expect(await complete(lease)).toEqual([]);
    expect((await claimOne()).lease.execution).toBe(urgent);
    expect((await claimOne()).lease).toMatchObject({ execution: id, task: "second" });
  });

  it("is kept although nothing can be claimed", async () => {
    const id = await start([{ name: "only", needs: [] }]);
    const { lease } = await claimOne();
    const refused = () => Promise.reject(new Error("no claims today"));
    expect(await completeAndClaim(app.ctx, hooks, lease, "kept", refused)).toEqual([]);
    expect(await getTask(app.ctx, id, "only")).toMatchObject({ state: "succeeded", result: "kept" });
  });
});
