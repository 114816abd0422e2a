import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { createSchedules, hour, hourly, named, type Schedules, start } from "./schedule.fixture.ts";
import { startQueued } from "./start.ts";

describe.each(databases)("backfills on %s", (database) => {
  let world: Schedules;
  beforeAll(async () => {
    world = await createSchedules(database);
  });
  afterAll(() => world.stop());

  const three = { from: start - 3 * hour, to: start };
  const backfill = (name: string, body: { from: number | string; to: number | string; again?: boolean }) =>
    world.client.schedule.backfill({ params: named(name), body });

  it("do times again whose job failed, and with `again` those whose job succeeded, but none that runs", async () => {
    const { worker, jobs, client } = world;
    await world.schedule("redo", { trigger: hourly, overlap: "allow" });
    await backfill("redo", three);
    await startQueued(world.ctx());
    await worker.fail(await worker.claim(), "no disk", { retryable: false });
    await world.finish();
    const running = await worker.claim();
    const stateOf = async ({ jobId }: { jobId: string | null }) => (await jobs.get(jobId!)).state;
    const firings = await world.firings("redo");
    await expect
      .poll(async () => (await Promise.all(firings.map(stateOf))).toSorted())
      .toEqual([...["failed", "running", "succeeded"]]);
    const failed = (await Promise.all(firings.map(stateOf))).indexOf("failed");
    expect(await backfill("redo", three)).toEqual({ due: [firings[failed]!.dueAt], alreadyThere: 2 });
    await startQueued(world.ctx());
    expect((await world.firings("redo"))[0]).toMatchObject({
      ...{ dueAt: firings[failed]!.dueAt, jobId: expect.not.stringMatching(firings[failed]!.jobId!) },
    });
    expect(await backfill("redo", { ...three, again: true })).toMatchObject({ due: [expect.any(Number)] });
    await startQueued(world.ctx());
    await worker.complete(running);
    for (let again = 0; again < 2; again++) await world.finish();
    await client.schedule.delete({ params: named("redo") });
  });

  it("go one after the other where a schedule cancels what runs, and end when it is disabled", async () => {
    const { jobs, client } = world;
    await world.schedule("cancels", { trigger: hourly, overlap: "cancel" });
    await backfill("cancels", three);
    await startQueued(world.ctx());
    expect(await world.states("cancels")).toEqual(["started", "queued", "queued"]);
    await client.schedule.switch({ params: named("cancels"), body: { enabled: false } });
    await startQueued(world.ctx());
    expect((await world.firings("cancels")).map(({ state, reason }) => [state, reason])).toEqual([
      ["skipped", "the schedule was disabled"],
      ["skipped", "the schedule was disabled"],
      ["started", null],
    ]);
    await expect(backfill("cancels", three)).rejects.toThrow(/is disabled/);
    await world.finish();
    const first = (await world.firings("cancels")).at(-1)!;
    expect((await jobs.ended(first.jobId!)).state).toBe("succeeded");
  });

  it("start the oldest time first, those that are done again too", async () => {
    const { worker } = world;
    await world.schedule("ordered", { trigger: hourly, overlap: "queue" });
    await backfill("ordered", { from: start - 2 * hour, to: start });
    for (let failed = 0; failed < 2; failed++) {
      await startQueued(world.ctx());
      await worker.fail(await worker.claim(), "no disk", { retryable: false });
      await world.jobEnds("ordered");
    }
    const { due } = await backfill("ordered", { from: start - 4 * hour, to: start + 2 * hour });
    expect(due).toHaveLength(6);
    const started: number[] = [];
    for (let count = 0; count < 6; count++) {
      await startQueued(world.ctx());
      const runs = (await world.firings("ordered")).filter(({ state }) => state === "started");
      started.push(...runs.map(({ dueAt }) => dueAt).filter((at) => !started.includes(at)));
      await world.finish();
      await world.jobEnds("ordered");
    }
    expect(started).toEqual(due);
  });

  it("start by hand what is disabled", async () => {
    await world.schedule("by-hand", { trigger: hourly, enabled: false });
    await world.client.schedule.fire({ params: named("by-hand"), body: {} });
    await startQueued(world.ctx());
    expect(await world.states("by-hand")).toEqual(["started"]);
    await world.finish();
  });

  it("begin anew for a schedule of the name of one that was deleted", async () => {
    await world.schedule("anew", { trigger: hourly, catchUp: "none" });
    await world.look(start + 3 * hour);
    expect(await world.states("anew")).toEqual(["skipped", "skipped", "skipped"]);
    await world.client.schedule.delete({ params: named("anew") });
    await world.schedule("anew", { trigger: hourly });
    expect(await world.states("anew")).toEqual([]);
  });

  it("take days as they are in the time zone, from their beginning to their end", async () => {
    const trigger = { type: "cron", expression: "30 2 * * *", timeZone: "America/New_York" };
    await world.schedule("days", { trigger, overlap: "queue" });
    const { due } = await backfill("days", { from: "2026-01-30", to: "2026-01-31" });
    expect(due.map((time) => new Date(time).toISOString())).toEqual([
      ...["2026-01-30T07:30:00.000Z", "2026-01-31T07:30:00.000Z"],
    ]);
    expect(await backfill("days", { from: "2026-01-29T02:30", to: "2026-01-30T07:30Z" })).toMatchObject({
      ...{ due: [Date.parse("2026-01-29T07:30Z")], alreadyThere: 1 },
    });
    await expect(backfill("days", { from: "2026-02-30", to: "2026-03-01" })).rejects.toThrow(/"2026-02-30" is no time/);
    await expect(backfill("days", { from: "2026-02-02", to: "2026-02-01" })).rejects.toThrow(/ends before it begins/);
    await world.client.schedule.delete({ params: named("days") });
    await startQueued(world.ctx());
  });
});
