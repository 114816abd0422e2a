import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../test/support/app.ts";
import { transaction } from "../platform/db/transaction.ts";
import { claimTasks } from "./claim.ts";
import { createExecution } from "./create.ts";
import type { ExecutionHooks, HooksByKind, TaskDefinition } from "./index.ts";
import { listLoads } from "./line.ts";
import { planAll } from "./loop.ts";
import { completeTask } from "./outcome.ts";

const hook: ExecutionHooks = {
  kind: "test",
  prepare: async () => ({ do: "queue", payload: null }),
  onEnd: async () => {},
};
const hooks: HooksByKind = new Map([["test", hook]]);

describe.each(databases)("the line of tasks on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  const start = async (
    workspace: string,
    tasks: Partial<TaskDefinition>[],
    { priority = 0, partOf }: { priority?: number; partOf?: string } = {},
  ): Promise<string> => {
    const named = tasks.map((task, index) => ({ name: `${index}`, needs: [], kind: "step", ...task }));
    const wanted = { workspace, kind: "test", subject: workspace, tasks: named, priority, partOf };
    const id = await transaction(app.ctx, (tx) => createExecution(tx, wanted));
    await planAll(app.ctx, hooks);
    return id;
  };
  const claim = (max: number, more: Partial<Parameters<typeof claimTasks>[2]> = {}) =>
    claimTasks(app.ctx, hooks, { holder: "a", kinds: ["step"], max, ...more });

  it("takes turns, counts what runs, and gives each compute its own", async () => {
    await start("big", Array(100).fill({}));
    await start("small", [{}, {}]);
    const first = await claim(3);
    expect(first.map(({ execution }) => execution.workspace)).toEqual(["big", "small", "big"]);
    expect((await claim(1)).map(({ execution }) => execution.workspace)).toEqual(["small"]);
    for (const { lease } of first) await completeTask(app.ctx, hooks, lease, null);

    await start("gpu", [{ compute: "box", resources: { cpus: 4, memoryMb: 512, gpus: 1 } }]);
    expect((await claim(200, { computes: ["local"] })).map(({ task }) => task.compute)).not.toContain("box");
    const none = { cpus: 8, memoryMb: 8000, gpus: 0 };
    expect(await claim(9, { computes: ["box"], room: { free: none, total: none } })).toEqual([]);
    const [boxed] = await claim(9, { computes: ["box"] });
    expect(boxed?.task).toMatchObject({ compute: "box", resources: { cpus: 4, memoryMb: 512, gpus: 1 } });
    expect((await listLoads(app.ctx)).find(({ compute }) => compute === "box")).toMatchObject({
      ...{ workspace: "gpu", steps: 1, cpus: 4, memoryMb: 512, gpus: 1 },
    });
  });

  it("gives the trials of a sweep one share together", async () => {
    const sweep = await start("shared", []);
    const trials: string[] = [];
    for (let count = 0; count < 60; count++) trials.push(await start("shared", [{}], { partOf: sweep }));
    const inner = await start("shared", [{}], { partOf: trials[0] });
    const other = await start("shared", Array(5).fill({}));
    const turns = (await claim(8)).map(({ execution }) => (execution.id === other ? "other" : "trial"));
    expect(turns).toEqual(["trial", "other", "trial", "other", "trial", "other", "trial", "other"]);
    const rest = (await claim(200)).map(({ execution }) => execution.id);
    expect(rest.filter((id) => id === other)).toHaveLength(1);
    expect([...rest, ...(await claim(200)).map(({ execution }) => execution.id)]).toContain(inner);
    expect(
      new Set((await listLoads(app.ctx)).flatMap((load) => (load.workspace === "shared" ? [load.root] : []))),
    ).toEqual(new Set([sweep, other]));
  });

  it("finds the next of many jobs, the one with the highest priority first", async () => {
    for (let index = 0; index < 60; index++) await start("busy", [{}]);
    const urgent = await start("busy", [{}], { priority: 1 });
    expect((await claim(1)).map(({ execution }) => execution.id)).toEqual([urgent]);
    expect(await claim(200)).toHaveLength(50);
    expect(await claim(200)).toHaveLength(10);
  });
});
