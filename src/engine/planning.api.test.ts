import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../test/support/app.ts";
import { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { forgetAllExecutions, withClock } from "./clock.fixture.ts";
import {
  addTasks,
  claimTasks,
  completeTask,
  createExecution,
  type ExecutionHooks,
  failTask,
  getTask,
  type HooksByKind,
  type Lease,
  listTasks,
  type NewExecution,
  type Prepared,
  post,
  requestCancel,
  runSystemWorker,
  sealExecution,
  settleTask,
  type TaskDefinition,
} from "./index.ts";
import { lookAtClock, planAll } from "./loop.ts";
import * as store from "./store.ts";

type Definition = Partial<TaskDefinition> & { name: string };
const user = { message: "the command failed", fault: "user", retryable: true } as const;

describe.each(databases)("planning on %s", (database) => {
  let app: TestApp;
  let ctx: Ctx;
  let ahead = 0;
  let answer: (task: string) => Prepared | Promise<Prepared>;
  let atEnd: (tx: Ctx) => void;
  let ended: string[] = [];
  let heard: string[] = [];
  const logged: unknown[] = [];
  const hook: ExecutionHooks = {
    kind: "test",
    prepare: async (_tx, _execution, task) => answer(task.name),
    onTaskEnd: async (_tx, _execution, task) => void ended.push(`${task.name} ${task.state}`),
    onEnd: async (tx) => atEnd(tx),
    onNews: async (_tx, _execution, task, news) => void heard.push(`${task} ${news}`),
    run: async () => {
      throw new TypeError("x is not a function");
    },
  };
  const hooks: HooksByKind = new Map([["test", hook]]);

  beforeAll(async () => {
    app = await createTestApp({ database });
    const log = { ...app.ctx.log, error: (_: string, more: unknown) => logged.push(more), warn: () => {} };
    ctx = { ...withClock(app.ctx, () => ahead), log: log as Ctx["log"] };
  });
  beforeEach(async () => {
    await forgetAllExecutions(ctx);
    ahead = 0;
    ended = [];
    heard = [];
    answer = () => ({ do: "queue", payload: null });
    atEnd = () => {};
  });
  afterAll(() => app.stop());

  const tasksOf = (tasks: Definition[]): TaskDefinition[] =>
    tasks.map((task) => ({ needs: [], kind: "step", ...task }));
  const start = (tasks: Definition[], more: Partial<NewExecution> = {}) =>
    transaction(ctx, (tx) =>
      createExecution(tx, { workspace: "default", kind: "test", subject: "1", ...more, tasks: tasksOf(tasks) }),
    );
  const planned = async () => {
    while ((await planAll(ctx, hooks)) > 0);
  };
  const later = async (seconds: number) => {
    ahead += seconds * 1000;
    await lookAtClock(ctx, hooks);
    await planned();
  };
  const claim = (max = 100) => claimTasks(ctx, hooks, { holder: "a", kinds: ["step"], max });
  const claimed = async (max = 100) => (await claim(max)).map(({ lease }) => lease);
  const done = (lease: Lease) => completeTask(ctx, hooks, lease, null);
  const states = async (id: string) =>
    Object.fromEntries((await listTasks(ctx, id)).map(({ name, state }) => [name, state]));
  const execution = async (id: string) => store.executionOf((await store.findExecution(ctx.db, id))!);

  describe("concurrency", () => {
    it("queues no more than may run at once, in their order", async () => {
      const id = await start([{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d", needs: ["a"] }], {
        maxParallel: 2,
      });
      await planned();
      const [a, b] = await claimed();
      expect([a!.task, b!.task]).toEqual(["a", "b"]);
      expect(await claimed()).toEqual([]);
      await failTask(ctx, hooks, b!, { ...user, fault: "system" });
      await planned();
      expect(await states(id), "what is tried again keeps its place").toMatchObject({ b: "queued", c: "pending" });
      await done(a!);
      await planned();
      ahead += 1000;
      expect((await claimed()).map(({ task }) => task)).toEqual(["b", "c"]);
    });

    it("runs a thousand tasks to their end, two at a time", async () => {
      const id = await start(
        Array.from({ length: 300 }, (_, index) => ({ name: `t${index}`, needs: index < 2 ? [] : [`t${index - 2}`] })),
        { maxParallel: 2 },
      );
      for (let rounds = 0; (await execution(id)).state === "running"; rounds++) {
        expect(rounds).toBeLessThan(200);
        await planned();
        const leases = await claimed();
        expect(leases.length).toBeLessThanOrEqual(2);
        await Promise.all(leases.map(done));
      }
      expect(new Set(Object.values(await states(id)))).toEqual(new Set(["succeeded"]));
    });
  });

  describe("tasks that are added", () => {
    it("stays open until it is sealed, and knows what was done before", async () => {
      const id = await start([{ name: "a" }, { name: "slow" }], { open: true });
      await planned();
      const [a, slow] = await claimed();
      await done(a!);
      await planned();
      await addTasks(
        ctx,
        id,
        tasksOf([
          { name: "b", needs: ["a", "slow", "a"] },
          { name: "c", needs: ["b"] },
        ]),
      );
      await planned();
      expect(await states(id)).toMatchObject({ b: "pending", c: "pending" });
      await done(slow!);
      await planned();
      const [b] = await claimed();
      expect(b!.task).toBe("b");
      await done(b!);
      await planned();
      await done((await claimed())[0]!);
      await planned();
      expect((await execution(id)).state).toBe("running");
      await sealExecution(ctx, id);
      await planned();
      expect((await execution(id)).state).toBe("succeeded");
      const late = addTasks(ctx, id, tasksOf([{ name: "d" }]));
      await expect(late).rejects.toMatchObject({ code: "conflict" });
    });

    it("skips what needs something that has failed already", async () => {
      const id = await start([{ name: "a" }], { open: true, continueOnFailure: true });
      await planned();
      await failTask(ctx, hooks, (await claimed())[0]!, user);
      await planned();
      await addTasks(ctx, id, tasksOf([{ name: "b", needs: ["a"] }, { name: "c" }]));
      await planned();
      expect(await states(id)).toEqual({ a: "failed", b: "skipped", c: "queued" });
    });

    it("refuses needs that there are not, names that there are, and circles", async () => {
      const id = await start([{ name: "a" }], { open: true });
      const refused = (tasks: Definition[]) =>
        expect(addTasks(ctx, id, tasksOf(tasks))).rejects.toMatchObject({ code: "invalid" });
      await refused([{ name: "b", needs: ["nobody"] }]);
      await refused([{ name: "b" }, { name: "b" }]);
      await refused([{ name: "b", needs: ["b"] }]);
      await expect(addTasks(ctx, id, tasksOf([{ name: "a" }]))).rejects.toThrow();
      expect(await states(id)).toEqual({ a: "pending" });
    });

    it("ends although it is open when it is to stop", async () => {
      const id = await start([{ name: "a" }], { open: true });
      await planned();
      await failTask(ctx, hooks, (await claimed())[0]!, user);
      await planned();
      expect((await execution(id)).state).toBe("failed");
    });
  });

  describe("executions in executions", () => {
    it.each(["succeeded", "failed"] as const)("settles the task that waits when the child has %s", async (outcome) => {
      answer = (task) => (task === "parent" ? { do: "wait" } : { do: "queue", payload: null });
      const outer = await start([{ name: "parent" }, { name: "after", needs: ["parent"] }]);
      await planned();
      await start([{ name: "inner" }], { parent: { execution: outer, task: "parent" } });
      await planned();
      const [inner] = await claimed();
      if (outcome === "succeeded") await done(inner!);
      else await failTask(ctx, hooks, inner!, user);
      await planned();
      expect(await states(outer)).toEqual({ parent: outcome, after: outcome === "succeeded" ? "queued" : "skipped" });
      if (outcome === "failed") expect((await execution(outer)).error).toBe("parent: inner: the command failed");
    });

    it("stops the child when nobody waits for it any more", async () => {
      answer = (task) => (task === "parent" ? { do: "wait" } : { do: "queue", payload: null });
      const outer = await start([{ name: "parent" }, { name: "bad" }]);
      await planned();
      const inner = await start([{ name: "inner" }], { parent: { execution: outer, task: "parent" } });
      await planned();
      const bad = (await claimed()).find(({ task }) => task === "bad");
      await failTask(ctx, hooks, bad!, user);
      await planned();
      expect((await execution(outer)).state).toBe("failed");
      expect((await execution(inner)).cancelReason).toBe("bad did not succeed");
      expect(await settleTask(ctx, outer, "parent", { state: "succeeded" })).toBe(false);
    });
  });

  describe("post", () => {
    it("wakes a task once for all news, and only when it waits", async () => {
      let asked = 0;
      answer = () => (++asked < 3 ? { do: "wait" } : { do: "settle", state: "succeeded", result: null });
      const id = await start([{ name: "a" }]);
      await planned();
      for (const news of [1, 2, 3]) await post(ctx, [id], { kind: "wake", task: "a", news });
      await planned();
      expect({ asked, heard }).toEqual({ asked: 2, heard: ["a 1", "a 2", "a 3"] });
      await post(ctx, [id], { kind: "wake", task: "a" });
      await planned();
      await post(ctx, [id], { kind: "wake", task: "a", news: "late" });
      await post(ctx, [id], { kind: "cancel", reason: "late" });
      await planned();
      expect((await execution(id)).state, "what has ended stays as it is").toBe("succeeded");
      expect({ asked, last: heard.at(-1) }).toEqual({ asked: 3, last: "a late" });
      expect(await ctx.db.selectFrom("execution_post").selectAll().execute()).toEqual([]);
    });

    it("is not needed by one whose wait is over and who has much to do", async () => {
      let asked = 0;
      answer = () => {
        if (++asked === 1) return { do: "wait", until: ctx.clock.now() };
        return asked < 5 ? { do: "again" } : { do: "settle", state: "succeeded", result: null };
      };
      const id = await start([{ name: "a" }]);
      await planned();
      const patient: HooksByKind = new Map([["test", { ...hook, onWaitEnd: async () => answer("a") }]]);
      await lookAtClock(ctx, patient);
      while ((await planAll(ctx, patient)) > 0);
      expect(await states(id)).toEqual({ a: "succeeded" });
    });

    it("is kept until its reader is planned well", async () => {
      answer = () => ({ do: "wait" });
      const id = await start([{ name: "a" }]);
      await planned();
      const broken = { ...hook, onNews: () => Promise.reject(new Error("a fault")) };
      await post(ctx, [id], { kind: "wake", task: "a", news: "kept" });
      await planAll(ctx, new Map([["test", broken]]));
      expect(await planAll(ctx, hooks), "it is put off, not tried in a loop").toBe(0);
      await later(1);
      expect(heard).toEqual(["a kept"]);
    });
  });

  describe("time", () => {
    it("fails what nobody takes in time, however often it is tried", async () => {
      const id = await start([{ name: "one", queueTimeoutSeconds: 30, retry: { maxRetries: 3 } }]);
      await planned();
      await later(29);
      const [lease] = await claimed();
      await later(10);
      expect(await states(id), "it waits for nobody while it runs").toEqual({ one: "running" });
      await failTask(ctx, hooks, lease!, user);
      await later(29);
      expect(await states(id)).toEqual({ one: "queued" });
      await later(2);
      expect(await execution(id)).toMatchObject({ state: "failed", error: "one: Nobody took it within 30 seconds." });
      expect(ended).toEqual(["one failed"]);
    });

    it("overrules an agent that does not end an attempt whose time is over", async () => {
      const id = await start([{ name: "one", timeoutSeconds: 5, retry: { maxRetries: 1 } }]);
      await planned();
      const [lease] = await claimed();
      await ctx.db.updateTable("task").set({ lease_expires_at: Number.MAX_SAFE_INTEGER }).execute();
      await later(60);
      expect(await states(id)).toEqual({ one: "running" });
      await later(6);
      expect(await getTask(ctx, id, "one")).toMatchObject({
        state: "queued",
        error: "It did not end within its 5 seconds.",
      });
      await expect(done(lease!)).rejects.toMatchObject({ code: "stale" });
    });

    it("stops an execution whose time is over, and it has failed", async () => {
      const id = await start([{ name: "one" }, { name: "two", needs: ["one"] }], { timeoutSeconds: 100 });
      await planned();
      const [lease] = await claimed();
      await ctx.db.updateTable("task").set({ lease_expires_at: Number.MAX_SAFE_INTEGER }).execute();
      await later(99);
      expect(await states(id)).toEqual({ one: "running", two: "pending" });
      await later(2);
      expect(await states(id)).toEqual({ one: "running", two: "cancelled" });
      await failTask(ctx, hooks, lease!, user);
      await planned();
      const error = "It did not end within its 100 seconds.";
      expect(await execution(id)).toMatchObject({ state: "failed", error });
    });
  });

  describe("attempts", () => {
    it("waits between attempts as the task says", async () => {
      const retry = { maxRetries: 4, delaySeconds: 10, factor: 3, capSeconds: 60 };
      const id = await start([{ name: "one", retry }]);
      await planned();
      const waits: number[] = [];
      for (;;) {
        await failTask(ctx, hooks, (await claimed())[0]!, user);
        const task = await getTask(ctx, id, "one");
        if (task.state === "failed") break;
        waits.push(Math.round((task.availableAt - ctx.clock.now()) / 1000));
        ahead += 61_000;
      }
      expect(waits).toEqual([10, 30, 60, 60]);
    });

    it("does not try a program error of the server again and again", async () => {
      const id = await start([{ name: "one", kind: "system.test" }]);
      await planned();
      const stopping = new AbortController();
      const worker = runSystemWorker(ctx, hooks, { holder: "s", kinds: ["system.test"] }, stopping.signal);
      await expect
        .poll(
          () => {
            ahead += 5000;
            return states(id);
          },
          { timeout: 20_000 },
        )
        .toEqual({ one: "failed" });
      stopping.abort();
      await worker;
      expect(await getTask(ctx, id, "one")).toMatchObject({ attempt: 4, error: "x is not a function" });
    });
  });

  describe("a task that is refused", () => {
    const refuse = async (tx: Ctx): Promise<Prepared> => {
      await post(tx, ["nobody"], { kind: "cancel", reason: "written on the way" });
      throw new Problem("invalid", "it makes no sense");
    };
    const written = () => ctx.db.selectFrom("execution_post").selectAll().execute();
    const prepare: ExecutionHooks["prepare"] = async (tx, _execution, { name }) => {
      if (name.startsWith("bad")) return refuse(tx);
      return name === "wait" ? { do: "wait", until: ctx.clock.now() } : { do: "queue", payload: null };
    };
    const refusing: HooksByKind = new Map([["test", { ...hook, prepare, onWaitEnd: refuse }]]);

    it("leaves nothing behind, and the others go on", async () => {
      const tasks = [{ name: "bad" }, { name: "good" }, { name: "bad too" }, { name: "bad after", needs: ["good"] }];
      const id = await start(tasks, { continueOnFailure: true });
      while ((await planAll(ctx, refusing)) > 0);
      expect(await states(id)).toMatchObject({ bad: "failed", "bad too": "failed", good: "queued" });
      await completeTask(ctx, refusing, (await claimed())[0]!, null);
      while ((await planAll(ctx, refusing)) > 0);
      expect(await states(id)).toMatchObject({ good: "succeeded", "bad after": "failed" });
      expect((await getTask(ctx, id, "bad after")).error).toBe("it makes no sense");
      expect(await written()).toEqual([]);
    });

    it("leaves nothing behind at the end of a wait", async () => {
      const id = await start([{ name: "wait" }]);
      await planAll(ctx, refusing);
      await lookAtClock(ctx, refusing);
      expect(await states(id)).toEqual({ wait: "failed" });
      expect(await written()).toEqual([]);
    });
  });

  describe("faults of the server", () => {
    it("puts off what it cannot prepare, alone, and gives up after a while", async () => {
      answer = (task) => {
        if (task === "bad") throw new Error("a bug");
        return { do: "queue", payload: null };
      };
      const id = await start([{ name: "bad" }, { name: "good" }], { continueOnFailure: true });
      await planned();
      expect(await states(id)).toEqual({ bad: "pending", good: "queued" });
      await done((await claimed())[0]!);
      let seconds = 0;
      for (; (await states(id)).bad === "pending"; seconds += 5) {
        expect(seconds).toBeLessThan(600);
        await later(5);
      }
      expect(seconds).toBeGreaterThan(60);
      const error = "The server could not prepare this step, in 12 attempts: a bug";
      expect(await getTask(ctx, id, "bad")).toMatchObject({ state: "failed", error });
      expect(ended).toEqual(["good succeeded", "bad failed"]);
    });

    it("goes on with the others where it cannot even be kept that one was not prepared", async () => {
      answer = () => {
        throw new Error("a bug");
      };
      const broken = { ...hook, onTaskEnd: () => Promise.reject(new Error("another bug")) };
      await start([{ name: "bad" }]);
      await ctx.db.updateTable("task").set({ prepare_faults: 11 }).execute();
      answer = (task) => {
        if (task === "bad") throw new Error("a bug");
        return { do: "queue", payload: null };
      };
      const other = await start([{ name: "good" }]);
      await planAll(ctx, new Map([["test", broken]]));
      expect(await states(other)).toEqual({ good: "queued" });
    });

    it("plans again at once when the database gave way to another transaction", async () => {
      let deadlocks = 2;
      answer = () => {
        if (deadlocks-- > 0) throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
        return { do: "queue", payload: null };
      };
      const id = await start([{ name: "one" }]);
      await planned();
      expect(await states(id)).toEqual({ one: "queued" });
    });

    it("does not take an outage for a fault of the task", async () => {
      let outage = 2;
      answer = () => {
        if (outage-- > 0) throw new Problem("unavailable", "the store does not answer");
        return { do: "settle", state: "succeeded", result: null };
      };
      const id = await start([{ name: "one" }]);
      await planned();
      await later(5);
      await later(5);
      expect(await states(id)).toEqual({ one: "succeeded" });
    });

    it("plans again, ever more seldom, what could not be planned", async () => {
      let tries = 0;
      atEnd = () => {
        tries++;
        throw new Error("a bug");
      };
      const id = await start([]);
      for (let second = 0; second < 120; second++) await later(1);
      expect(tries).toBeGreaterThan(4);
      expect(tries).toBeLessThan(20);
      atEnd = () => {};
      await later(11);
      expect((await execution(id)).state).toBe("succeeded");
    });

    it("looks at once at what changed while it failed", async () => {
      atEnd = () => {
        throw new Error("a bug");
      };
      const id = await start([]);
      let stopping: Promise<void> | undefined;
      const error = () => {
        stopping = requestCancel(ctx, id, "changed my mind");
      };
      await planAll({ ...ctx, log: { ...ctx.log, error } }, hooks);
      await stopping;
      atEnd = () => {};
      await planned();
      expect((await execution(id)).state).toBe("cancelled");
    });
  });
});
