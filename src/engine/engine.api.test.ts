import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../test/support/app.ts";
import { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { forgetAllExecutions, withClock } from "./clock.fixture.ts";
import {
  claimTasks,
  completeTask,
  createExecution,
  type ExecutionHooks,
  failTask,
  getTask,
  type HooksByKind,
  heartbeat,
  type Lease,
  leaseMs,
  listTasks,
  type Prepared,
  post,
  releaseHolders,
  requestCancel,
  runEngine,
  runSystemWorker,
  settleTask,
  type TaskDefinition,
} from "./index.ts";
import { expireLeases } from "./lease.ts";
import { planAll } from "./loop.ts";
import * as store from "./store.ts";

const getExecution = async (ctx: Ctx, id: string) => store.executionOf((await store.findExecution(ctx.db, id))!);

const system = { message: "the machine fell over", fault: "system", retryable: true } as const;
const user = { message: "the command failed", fault: "user", retryable: true } as const;

describe.each(databases)("the engine on %s", (database) => {
  let app: TestApp;
  let ctx: Ctx;
  let ahead = 0;
  /** What the hooks saw, and what they answer. */
  let prepared: string[] = [];
  let ended: string[] = [];
  let answer: (task: string) => Prepared | Promise<Prepared>;
  let accept: (result: unknown) => unknown;
  let work: (signal: AbortSignal) => Promise<unknown>;
  let waitEnd: () => Prepared;
  const hook: ExecutionHooks = {
    kind: "test",
    async prepare(_tx, _execution, task) {
      prepared.push(task.name);
      return answer(task.name);
    },
    accept: async (_tx, _execution, _task, result) => accept(result),
    onTaskEnd: async (_tx, _execution, task) => void ended.push(`${task.name} ${task.state}`),
    onEnd: async (_tx, execution) => void ended.push(`execution ${execution.state}`),
    onWaitEnd: async () => waitEnd(),
    run: (_ctx, _execution, _task, signal) => work(signal),
  };
  const hooks: HooksByKind = new Map([["test", hook]]);

  beforeAll(async () => {
    app = await createTestApp({ database });
    ctx = withClock(app.ctx, () => ahead);
  });
  beforeEach(async () => {
    await forgetAllExecutions(ctx);
    ahead = 0;
    prepared = [];
    ended = [];
    answer = () => ({ do: "queue", payload: "do it" });
    accept = (result) => result;
    work = async () => "done";
    waitEnd = () => ({ do: "fail", error: "waited too long" });
  });
  afterAll(() => app.stop());

  const start = (tasks: (Partial<TaskDefinition> & { name: string })[], more: { continueOnFailure?: boolean } = {}) =>
    transaction(ctx, (tx) =>
      createExecution(tx, {
        ...{ workspace: "default", kind: "test", subject: "1", ...more },
        tasks: tasks.map((task) => ({ needs: [], kind: "step", ...task })),
      }),
    );
  const claim = async (holder = "a", max = 1, kind = "step") => claimTasks(ctx, hooks, { holder, kinds: [kind], max });
  /** Starts an execution of one task and claims it. */
  const startAndClaim = async (more: Partial<TaskDefinition> = {}) => {
    const id = await start([{ name: "one", ...more }]);
    await planAll(ctx, hooks);
    const [claimed] = await claim();
    return { id, lease: claimed!.lease };
  };
  /** One round of the loop: plans, takes back silent leases, ends waits. */
  const round = async () => {
    const once = new AbortController();
    const running = runEngine(ctx, hooks, once.signal);
    once.abort();
    await running;
  };
  const state = async (id: string, task = "one") => (await getTask(ctx, id, task)).state;
  const eventsOf = async (id: string) =>
    (
      await ctx.db.selectFrom("execution_event").selectAll().where("execution_id", "=", id).orderBy("seq").execute()
    ).map(({ type, task }) => (task ? `${task} ${type}` : type));

  it("runs a graph to its end, and tells it as events without a gap", async () => {
    const id = await start([{ name: "one" }, { name: "two", needs: ["one"] }]);
    await planAll(ctx, hooks);
    expect(prepared).toEqual(["one"]);
    const [first] = await claim();
    expect(first).toMatchObject({ lease: { task: "one", epoch: 1 }, task: { payload: "do it", attempt: 1 } });
    await completeTask(ctx, hooks, first!.lease, { score: 1 });
    await planAll(ctx, hooks);
    const [second] = await claim();
    await completeTask(ctx, hooks, second!.lease, null);
    await planAll(ctx, hooks);
    expect(await getExecution(ctx, id)).toMatchObject({ state: "succeeded", error: null });
    expect((await getTask(ctx, id, "one")).result).toEqual({ score: 1 });
    expect(ended).toEqual(["one succeeded", "two succeeded", "execution succeeded"]);
    expect(await eventsOf(id)).toEqual([
      "created",
      ...["one task.queued", "one task.claimed", "one task.succeeded"],
      ...["two task.queued", "two task.claimed", "two task.succeeded"],
      "succeeded",
    ]);
  });

  it("refuses a graph with a cycle, and leaves nothing of it", async () => {
    const circle = start([
      { name: "a", needs: ["b"] },
      { name: "b", needs: ["a"] },
    ]);
    await expect(circle).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("a → b → a") });
    expect(await ctx.db.selectFrom("execution").select("id").execute()).toEqual([]);
  });

  it("gives a task to one of many that claim it at once", async () => {
    await start([{ name: "one" }, { name: "two" }]);
    await planAll(ctx, hooks);
    const claims = (await Promise.all(Array.from({ length: 8 }, (_, index) => claim(`h${index}`, 2)))).flat();
    expect(claims.map(({ lease }) => lease.task).sort()).toEqual(["one", "two"]);
  });

  it("gives nothing to whoever can do nothing", async () => {
    await start([{ name: "one" }]);
    await planAll(ctx, hooks);
    expect(await claimTasks(ctx, hooks, { holder: "a", kinds: [], max: 5 })).toEqual([]);
    expect(await claim("a", 5, "other")).toEqual([]);
  });

  it("plans each change once, however many planners there are", async () => {
    await start([{ name: "one" }, { name: "two" }]);
    await Promise.all(Array.from({ length: 6 }, () => planAll(ctx, hooks)));
    expect(prepared).toEqual(["one", "two"]);
    expect(await planAll(ctx, hooks)).toBe(0);
  });

  it("refuses an older epoch whatever it says", async () => {
    const { id, lease } = await startAndClaim();
    await failTask(ctx, hooks, lease, system);
    ahead += 60_000;
    const [again] = await claim("b");
    expect(again!.lease.epoch).toBe(2);
    const agent = (await app.as("agent")).agent;
    const lines = [{ at: 1, stream: "stdout" as const, text: "late" }];
    const said = await Promise.allSettled([
      completeTask(ctx, hooks, lease, "late"),
      failTask(ctx, hooks, lease, user),
      agent.complete({ body: { ...lease, result: "late" } }),
      agent.fail({ body: { ...lease, ...user } }),
      agent.log({ body: { ...lease, offset: 0, lines } }),
    ]);
    expect(said).toMatchObject(Array(5).fill({ status: "rejected", reason: { code: "stale" } }));
    expect(await heartbeat(ctx, [lease])).toEqual({ lost: [lease], cancel: [] });
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "running", epoch: 2, result: null });
    expect(await ctx.db.selectFrom("step_log").selectAll().where("execution_id", "=", id).execute()).toEqual([]);
  });

  it("takes a result once, and answers its repetition as the first time", async () => {
    const { id, lease } = await startAndClaim();
    await completeTask(ctx, hooks, lease, 1);
    await completeTask(ctx, hooks, lease, 2);
    await expect(failTask(ctx, hooks, lease, user)).rejects.toMatchObject({ code: "stale" });
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "succeeded", result: 1 });
    expect(ended).toEqual(["one succeeded", "execution succeeded"]);
    expect((await eventsOf(id)).filter((event) => event === "one task.succeeded")).toHaveLength(1);
  });

  it("takes one of two results that come at once", async () => {
    const { lease } = await startAndClaim();
    const said = await Promise.allSettled([1, 2, 3].map((result) => completeTask(ctx, hooks, lease, result)));
    expect(said.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect(ended).toContain("one succeeded");
    const events = await ctx.db.selectFrom("execution_event").select("type").execute();
    expect(events.filter(({ type }) => type === "task.succeeded")).toHaveLength(1);
  });

  it("keeps the task running when its result is not accepted", async () => {
    const { id, lease } = await startAndClaim();
    accept = () => {
      throw new Problem("unprocessable", "no good");
    };
    await expect(completeTask(ctx, hooks, lease, 1)).rejects.toMatchObject({ code: "unprocessable" });
    expect(await state(id)).toBe("running");
    await failTask(ctx, hooks, lease, user);
    expect(await state(id)).toBe("failed");
  });

  it("gives the task of a silent holder to another, under a new epoch", async () => {
    const { id, lease } = await startAndClaim();
    ahead += leaseMs - 1000;
    expect(await heartbeat(ctx, [lease])).toEqual({ lost: [], cancel: [] });
    ahead += leaseMs - 1000;
    await round();
    expect(await state(id)).toBe("running");
    ahead += 2000;
    await round();
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "queued", error: "a has not been heard of any more" });
    ahead += 1000;
    const [again] = await claim("b");
    expect(again).toMatchObject({ lease: { epoch: 2 }, task: { attempt: 2, error: null } });
    await expect(completeTask(ctx, hooks, lease, "late")).rejects.toMatchObject({ code: "stale" });
    await completeTask(ctx, hooks, again!.lease, "in time");
    expect((await getTask(ctx, id, "one")).result).toBe("in time");
  });

  it("takes back at once what a stopped server held", async () => {
    const { id } = await startAndClaim();
    expect(await releaseHolders(ctx, hooks, "b")).toBe(0);
    expect(await releaseHolders(ctx, hooks, "a")).toBe(1);
    expect(await state(id)).toBe("queued");
  });

  describe("a deadline of all attempts", () => {
    const error = (id: string) => getTask(ctx, id, "one").then((task) => task.error);

    it("ends an attempt that runs on, and whoever holds it hears that it is lost", async () => {
      const { id, lease } = await startAndClaim({ deadlineSeconds: 10, retry: { maxRetries: 9 } });
      ahead += 9000;
      await round();
      expect(await state(id)).toBe("running");
      ahead += 2000;
      await round();
      expect(await state(id)).toBe("failed");
      expect(await error(id)).toBe("It did not end within its 10 seconds, with one attempt.");
      expect(await heartbeat(ctx, [lease])).toEqual({ lost: [lease], cancel: [] });
    });

    it("lets no attempt begin that would begin after it, however many are left", async () => {
      const retry = { maxRetries: 9, delaySeconds: 4 };
      const { id, lease } = await startAndClaim({ deadlineSeconds: 10, retry });
      ahead += 2000;
      await failTask(ctx, hooks, lease, user);
      expect(await state(id)).toBe("queued");
      ahead += 4000;
      const [again] = await claim();
      await failTask(ctx, hooks, again!.lease, system);
      expect(await state(id)).toBe("queued");
      ahead += 500;
      const [third] = await claim();
      await failTask(ctx, hooks, third!.lease, user);
      expect([await state(id), await error(id)]).toEqual(["failed", "the command failed"]);
    });

    it("ends what waits to be taken, and gives it to nobody", async () => {
      const id = await start([{ name: "one", deadlineSeconds: 10 }]);
      await planAll(ctx, hooks);
      ahead += 11_000;
      expect(await claim()).toEqual([]);
      await round();
      expect(await error(id)).toBe("It did not end within its 10 seconds, waiting to be taken.");
    });

    it("is counted from when it is first queued", async () => {
      const id = await start([{ name: "zero" }, { name: "one", needs: ["zero"], deadlineSeconds: 10 }]);
      await planAll(ctx, hooks);
      const [zero] = await claim();
      ahead += 11_000;
      await completeTask(ctx, hooks, zero!.lease, null);
      await planAll(ctx, hooks);
      await round();
      expect(await state(id)).toBe("queued");
    });
  });

  it("counts failures of the command, not those of the machine", async () => {
    const { id, lease } = await startAndClaim({ retry: { maxRetries: 1 } });
    const failures = [system, user, system, system];
    let current: Lease = lease;
    for (const failure of failures) {
      await failTask(ctx, hooks, current, failure);
      expect(await state(id)).toBe("queued");
      ahead += 60_000;
      current = (await claim())[0]!.lease;
    }
    await failTask(ctx, hooks, current, user);
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "failed", attempt: 5, error: "the command failed" });
    await planAll(ctx, hooks);
    expect(await getExecution(ctx, id)).toMatchObject({ state: "failed", error: "one: the command failed" });
  });

  it("waits longer before each further attempt, and gives up on a machine that always fails", async () => {
    let { id, lease } = await startAndClaim();
    const delays: number[] = [];
    for (let attempt = 1; (await state(id)) !== "failed"; attempt++) {
      expect(attempt).toBeLessThan(30);
      await failTask(ctx, hooks, lease, system);
      const row = await ctx.db.selectFrom("task").selectAll().where("execution_id", "=", id).executeTakeFirstOrThrow();
      if (row.state === "failed") break;
      // Some of it is over by now.
      delays.push(Math.ceil((row.available_at - ctx.clock.now()) / 250));
      expect(await claim()).toEqual([]);
      ahead += 31_000;
      lease = (await claim())[0]!.lease;
    }
    expect(delays.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(delays.at(-1)).toBe(120);
    expect(delays).toHaveLength(19);
  });

  it("does not repeat what is not worth it", async () => {
    const { id, lease } = await startAndClaim({ retry: { maxRetries: 4 } });
    await failTask(ctx, hooks, lease, { ...user, retryable: false });
    expect(await state(id)).toBe("failed");
  });

  it("stops after a failure, or goes on with what does not need it", async () => {
    for (const continueOnFailure of [false, true]) {
      ended = [];
      const tasks = [{ name: "bad" }, { name: "after", needs: ["bad"] }, { name: "beside" }];
      const id = await start(tasks, { continueOnFailure });
      await planAll(ctx, hooks);
      const [bad] = await claim();
      await failTask(ctx, hooks, bad!.lease, user);
      await planAll(ctx, hooks);
      const [beside] = await claim();
      expect(beside?.lease.task).toBe(continueOnFailure ? "beside" : undefined);
      if (beside) await completeTask(ctx, hooks, beside.lease, null);
      await planAll(ctx, hooks);
      expect((await getExecution(ctx, id)).state).toBe("failed");
      expect(await getTask(ctx, id, "after")).toMatchObject({ state: "skipped", error: "bad did not succeed" });
      expect(ended.at(-1)).toBe("execution failed");
    }
  });

  it("cancels what waits at once, and what runs when its holder hears of it", async () => {
    answer = (task) => (task === "waits" ? { do: "wait" } : { do: "queue", payload: null });
    const id = await start([
      { name: "runs" },
      { name: "queued" },
      { name: "waits" },
      { name: "later", needs: ["runs"] },
    ]);
    await planAll(ctx, hooks);
    const [running] = await claim();
    await requestCancel(ctx, id, "changed my mind");
    await requestCancel(ctx, id, "again");
    await planAll(ctx, hooks);
    const tasks = await listTasks(ctx, id);
    expect(tasks.map(({ state }) => state)).toEqual(["running", "cancelled", "cancelled", "cancelled"]);
    expect((await getExecution(ctx, id)).state).toBe("running");
    expect(await heartbeat(ctx, [running!.lease])).toEqual({ lost: [], cancel: [running!.lease] });
    await failTask(ctx, hooks, running!.lease, { ...user, message: "ended by SIGTERM" });
    await planAll(ctx, hooks);
    expect(await getTask(ctx, id, "runs")).toMatchObject({ state: "cancelled", error: "changed my mind" });
    expect(await getExecution(ctx, id)).toMatchObject({ state: "cancelled", error: "changed my mind" });
    await requestCancel(ctx, id, "too late");
    expect((await getExecution(ctx, id)).cancelReason).toBe("changed my mind");
  });

  it("leaves a task to a holder that is heard of after somebody saw that its lease was over", async () => {
    const { id, lease } = await startAndClaim();
    const times = [leaseMs + 1000, 0, 0];
    const seen = withClock(ctx, () => times.shift() ?? 0);
    expect(await expireLeases(seen, hooks)).toBe(0);
    expect(times.length, "it was looked at twice").toBeLessThan(2);
    await completeTask(ctx, hooks, lease, null);
    expect(await state(id)).toBe("succeeded");
  });

  it("takes back the other tasks when one cannot be", async () => {
    const executions = [await startAndClaim(), await startAndClaim()];
    for (const { id } of executions) await requestCancel(ctx, id, "enough");
    const [bad, good] = executions.map(({ id }) => id);
    const onTaskEnd = async (_: Ctx, { id }: { id: string }) => {
      if (id === bad) throw new TypeError("x is not a function");
    };
    const log = { ...ctx.log, error: () => {} };
    ahead += leaseMs + 1000;
    expect(await expireLeases({ ...ctx, log }, new Map([["test", { ...hook, onTaskEnd }]]))).toBe(1);
    expect([await state(bad!), await state(good!)]).toEqual(["running", "cancelled"]);
  });

  it("is cancelled also when the holder of the last task is never heard of again", async () => {
    const { id } = await startAndClaim();
    await requestCancel(ctx, id, "");
    ahead += leaseMs + 1000;
    await round();
    await round();
    expect(await getExecution(ctx, id)).toMatchObject({ state: "cancelled", error: "cancelled" });
  });

  it("waits until it is settled, once", async () => {
    answer = () => ({ do: "wait", result: "asked" });
    const id = await start([{ name: "one" }, { name: "two", needs: ["one"] }]);
    await planAll(ctx, hooks);
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "waiting", result: "asked" });
    expect(await claim()).toEqual([]);
    ahead += 365 * 86_400_000;
    await round();
    expect(await state(id)).toBe("waiting");
    const settled = await Promise.all([
      settleTask(ctx, id, "one", { state: "succeeded", result: "yes" }),
      settleTask(ctx, id, "one", { state: "failed", error: "no" }),
    ]);
    expect(settled.filter(Boolean)).toHaveLength(1);
    expect(await settleTask(ctx, id, "one", { state: "succeeded" })).toBe(false);
  });

  it("prepares again what is woken", async () => {
    let asked = 0;
    answer = () => (++asked < 3 ? { do: "wait" } : { do: "settle", state: "reused", result: 7 });
    const id = await start([{ name: "one" }]);
    await planAll(ctx, hooks);
    await post(ctx, [id], { kind: "wake", task: "one" });
    await planAll(ctx, hooks);
    expect(await state(id)).toBe("waiting");
    await post(ctx, [id], { kind: "wake", task: "one" });
    await planAll(ctx, hooks);
    await planAll(ctx, hooks);
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "reused", result: 7 });
    expect(asked).toBe(3);
    await post(ctx, [id], { kind: "wake", task: "one" });
    await planAll(ctx, hooks);
    expect(await state(id)).toBe("reused");
  });

  it("asks what to do when a wait has lasted long enough", async () => {
    answer = () => ({ do: "wait", until: ctx.clock.now() + 5000 });
    const id = await start([{ name: "one" }]);
    await round();
    await round();
    expect(await state(id)).toBe("waiting");
    ahead += 6000;
    const until = ctx.clock.now() + 5000;
    waitEnd = () => ({ do: "wait", until });
    await round();
    waitEnd = () => ({ do: "fail", error: "waited too long" });
    await round();
    expect(await state(id), "a wait may be prolonged").toBe("waiting");
    ahead += 6000;
    await round();
    await round();
    expect(await getExecution(ctx, id)).toMatchObject({ state: "failed", error: "one: waited too long" });
  });

  it("fails what cannot be prepared, and tries again what a fault of ours stopped", async () => {
    let faults = 2;
    answer = (task) => {
      if (task === "bad") throw new Problem("invalid", "it makes no sense");
      if (faults-- > 0) throw new Error("bug");
      return { do: "settle", state: "succeeded", result: null };
    };
    const log = ctx.log.error;
    ctx.log = { ...ctx.log, error: () => {} };
    const bad = await start([{ name: "bad" }]);
    const id = await start([{ name: "one" }]);
    await planAll(ctx, hooks);
    expect(await state(bad, "bad")).toBe("failed");
    expect(await state(id)).toBe("pending");
    for (let again = 0; again < 2; again++) {
      ahead += 2000;
      await round();
      await round();
    }
    ctx.log = { ...ctx.log, error: log };
    expect(await getExecution(ctx, bad)).toMatchObject({ state: "failed", error: "bad: it makes no sense" });
    expect((await getExecution(ctx, id)).state).toBe("succeeded");
  });

  it("runs the server's own tasks, and gives back what it stops in the middle of", async () => {
    const id = await start([{ name: "one", kind: "system.test" }]);
    await planAll(ctx, hooks);
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    work = (signal) => {
      begun();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    };
    const stopping = new AbortController();
    const worker = runSystemWorker(ctx, hooks, { holder: "s", kinds: ["system.test"] }, stopping.signal);
    await hasBegun;
    stopping.abort();
    await worker;
    expect(await getTask(ctx, id, "one")).toMatchObject({ state: "queued", attempt: 1 });
    work = async () => "done";
    ahead += 60_000;
    const next = new AbortController();
    const successor = runSystemWorker(ctx, hooks, { holder: "t", kinds: ["system.test"] }, next.signal);
    await expect.poll(() => state(id)).toBe("succeeded");
    next.abort();
    await successor;
    expect((await getTask(ctx, id, "one")).result).toBe("done");
  });

  it("does not let the server's own tasks be claimed by an agent", async () => {
    await start([{ name: "one", kind: "system.test" }]);
    await planAll(ctx, hooks);
    const agent = (await app.as("agent")).agent;
    expect(await agent.claim({ body: { agent: "a", kinds: ["system.test"], max: 1, waitMs: 0 } })).toEqual({
      tasks: [],
    });
  });
});
