import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../test/support/app.ts";
import { transaction } from "../platform/db/transaction.ts";
import { type Claim, claimTasks } from "./claim.ts";
import { createExecution } from "./create.ts";
import { type Limit, type Limits, patienceMs } from "./fair.ts";
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

  describe("with more in front that cannot run than is looked at", () => {
    const room = (cpus: number, gpus = 0) => {
      const all = { cpus, memoryMb: 4000, gpus };
      return { free: all, total: all };
    };
    const limits = (computes: [string, Limit][]): Limits => ({ computes: new Map(computes), workspaces: new Map() });
    const idsOf = (claims: Claim[]) => claims.map(({ execution }) => execution.id);

    it("finds the job for which there is room", async () => {
      for (let index = 0; index < 60; index++) await start("no-gpu", [{ compute: "a", resources: { gpus: 1 } }]);
      const small = await start("no-gpu", [{ compute: "a" }]);
      expect(idsOf(await claim(1, { computes: ["a"], room: room(4) }))).toEqual([small]);
    });

    it("finds the job of a compute that is not full", async () => {
      for (let index = 0; index < 60; index++) await start("box", [{ compute: "box1" }]);
      const computes = ["box1", "other"];
      const wanted = { computes, room: room(4), limits: limits([["box1", { steps: 1, cpus: 8 }]]) };
      const [running] = await claim(4, wanted);
      expect(running?.task.compute).toBe("box1");
      const elsewhere = await start("box", [{ compute: "other" }]);
      expect(idsOf(await claim(4, wanted))).toEqual([elsewhere]);
      const cpus = { ...wanted, limits: limits([["box1", { cpus: 1.5 }]]) };
      const another = await start("box", [{ compute: "other" }]);
      expect(idsOf(await claim(4, cpus))).toEqual([another]);
    });

    it("finds the step of a job of which the first ones do not fit", async () => {
      const gpus = Array(25).fill({ compute: "b", resources: { gpus: 1 } });
      await start("one", [...gpus, { compute: "b" }]);
      const found = await claim(1, { computes: ["b"], room: room(4) });
      expect(found.map(({ task }) => task.name)).toEqual(["25"]);
    });

    it("still waits for one that needs all the room that there will be", async () => {
      await start("large", [{ compute: "c", resources: { cpus: 4 } }]);
      await start("large", [{ compute: "c" }]);
      const late = { ...app.ctx, clock: { ...app.ctx.clock, now: () => Date.now() + patienceMs + 1000 } };
      const wanted = { holder: "a", kinds: ["step"], max: 1, computes: ["c"] };
      const beside = { ...room(4), free: room(3).free };
      expect(await claimTasks(late, hooks, { ...wanted, room: beside })).toEqual([]);
      const [large] = await claimTasks(late, hooks, { ...wanted, room: room(4) });
      expect(large?.task.resources.cpus).toBe(4);
    });
  });
});
