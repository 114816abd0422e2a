import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestApp, databases, type TestApp } from "../../test/support/app.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { forgetAllExecutions, withClock } from "./clock.fixture.ts";
import { reckonAnew } from "./clock-set.ts";
import {
  claimTasks,
  createExecution,
  type ExecutionHooks,
  failTask,
  getTask,
  type HooksByKind,
  heartbeat,
  runEngine,
  type TaskDefinition,
} from "./index.ts";
import { lookAtClock, planAll } from "./loop.ts";

const hour = 3_600_000;
const day = 24 * hour;

describe.each(databases)("a clock that is set, on %s", (database) => {
  let app: TestApp;
  let ctx: Ctx;
  let ahead = 0;
  const hook: ExecutionHooks = {
    kind: "test",
    prepare: async (tx, _, { name }) =>
      name === "waits" ? { do: "wait", until: tx.clock.now() + 60_000 } : { do: "queue", payload: null },
    onWaitEnd: async () => ({ do: "fail", error: "waited too long" }),
    onEnd: async () => {},
  };
  const hooks: HooksByKind = new Map([["test", hook]]);
  beforeAll(async () => {
    app = await createTestApp({ database });
    ctx = withClock(app.ctx, () => ahead);
  });
  beforeEach(async () => {
    ahead = 0;
    await forgetAllExecutions(ctx);
  });
  afterAll(() => app.stop());

  const limits = { timeoutSeconds: 60, deadlineSeconds: 120, queueTimeoutSeconds: 60 };
  /** One task of each state in which time counts: running, waiting, queued. */
  async function start() {
    const task = (name: string): TaskDefinition => ({ ...{ name, needs: [], kind: "step" }, ...limits });
    const id = await transaction(ctx, (tx) =>
      createExecution(tx, {
        ...{ workspace: "default", kind: "test", subject: "1", timeoutSeconds: 300, continueOnFailure: true },
        tasks: ["runs", "waits", "queues"].map(task),
      }),
    );
    await planAll(ctx, hooks);
    const [claimed] = await claimTasks(ctx, hooks, { holder: "a", kinds: ["step"], max: 1 });
    return { id, lease: claimed!.lease };
  }
  const states = async (id: string) =>
    Promise.all(["runs", "waits", "queues"].map(async (name) => (await getTask(ctx, id, name)).state));
  const pass = async (ms: number) => {
    ahead += ms;
    await lookAtClock(ctx, hooks);
    await planAll(ctx, hooks);
  };
  const set = async (ms: number) => {
    ahead += ms;
    await reckonAnew(ctx, ms);
    await pass(0);
  };

  it.each([
    ["forwards", day],
    ["backwards", -day],
    ["forwards a little", 20_000],
    ["backwards a little", -20_000],
  ])("%s: all that runs goes on, and has the time that it had", async (_, ms) => {
    const { id, lease } = await start();
    await pass(5_000);
    await set(ms);
    expect(await states(id)).toEqual(["running", "waiting", "queued"]);
    expect(await heartbeat(ctx, [lease])).toEqual({ lost: [], cancel: [] });
    await pass(10_000);
    expect(await states(id)).toEqual(["running", "waiting", "queued"]);
    // Nor has any of it more than all of its time again.
    await pass(61_000);
    expect(await states(id)).toEqual(["queued", "failed", "failed"]);
    expect((await getTask(ctx, id, "runs")).error).toBe("a has not been heard of any more");
  });

  it("and set twice, as by two servers, ends nothing early", async () => {
    const { id } = await start();
    ahead += day;
    await reckonAnew(ctx, day);
    await reckonAnew(ctx, day);
    await pass(10_000);
    expect(await states(id)).toEqual(["running", "waiting", "queued"]);
  });

  it("lets a task that is to be tried again not wait for the old time", async () => {
    const { id, lease } = await start();
    await failTask(ctx, hooks, lease, { message: "fell over", fault: "system", retryable: true });
    await set(-day);
    const claimed = await claimTasks(ctx, hooks, { holder: "b", kinds: ["step"], max: 9 });
    expect(claimed.filter(({ lease: { execution } }) => execution === id).map(({ task }) => task.name)).toContain(
      "runs",
    );
  });

  it("is noticed by the loop, before it takes any lease back", async () => {
    const { id } = await start();
    const stopping = new AbortController();
    const jumps: number[] = [];
    const running = runEngine(ctx, hooks, stopping.signal, async (_, ms) => void jumps.push(ms));
    for (const ms of [day, -2 * day, day]) {
      const seen = jumps.length;
      ahead += ms;
      await vi.waitFor(() => expect(jumps.length).toBe(seen + 1), 5000);
    }
    stopping.abort();
    await running;
    expect(jumps.map((ms) => Math.round(ms / 1000))).toEqual([day, -2 * day, day].map((ms) => ms / 1000));
    expect((await states(id))[0]).toBe("running");
  });
});
