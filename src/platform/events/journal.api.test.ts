import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { transaction } from "../db/transaction.ts";
import { createLog } from "../log.ts";
import { createProgress, deliverBatch, deliverPatiently, keepPassed, type Subscriber } from "./deliver.ts";
import { record } from "./journal.ts";
import { listParked, redeliver } from "./parking.ts";

const change = (subject: string) => ({ workspace: "default", type: "test.changed", subject, data: { b: 1, a: null } });

describe.each(databases)("the journal on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
    await app.tokenOf("owner");
  });
  afterAll(() => app.stop());
  const verify = async () => (await app.as("owner")).audit.verify();
  const subjects = async () => {
    const rows = await app.ctx.db
      .selectFrom("audit_event")
      .selectAll()
      .where("type", "=", "test.changed")
      .orderBy("seq")
      .execute();
    return rows.map((row) => row.subject);
  };

  it("writes a change with its transaction, or not at all", async () => {
    await transaction(app.ctx, async (tx) => record(tx, change("kept")));
    const torn = transaction(app.ctx, async (tx) => {
      record(tx, change("lost"));
      throw new Error("stop");
    });
    await expect(torn).rejects.toThrow("stop");
    expect(await subjects()).toEqual(["kept"]);
    expect(() => record(app.ctx, change("outside"))).toThrow(/outside a transaction/);
  });

  it("is one chain without a gap, however many write at once", async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        transaction(app.ctx, async (tx) => {
          record(tx, change(`${index}a`));
          record(tx, change(`${index}b`));
        }),
      ),
    );
    const rows = await app.ctx.db.selectFrom("audit_event").select("seq").orderBy("seq").execute();
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
    expect(await verify()).toMatchObject({ valid: true, firstBroken: null });
  });

  it("shows a change that was altered, or taken out", async () => {
    const rows = await app.ctx.db.selectFrom("audit_event").selectAll().orderBy("seq", "desc").limit(3).execute();
    const [, middle] = rows;
    const at = (seq: number) => app.ctx.db.updateTable("audit_event").where("seq", "=", seq);
    await at(middle!.seq).set({ data: "{}" }).execute();
    expect(await verify()).toMatchObject({ valid: false, firstBroken: middle!.seq });
    await at(middle!.seq).set({ data: middle!.data }).execute();
    await app.ctx.db.deleteFrom("audit_event").where("seq", "=", middle!.seq).execute();
    expect((await verify()).valid).toBe(false);
    await app.ctx.db.insertInto("audit_event").values(middle!).execute();
    expect((await verify()).valid).toBe(true);
  });

  it("delivers each event once to each subscriber, in order, and again after a failure", async () => {
    const seen: string[] = [];
    let faults = 1;
    const subscriber: Subscriber = {
      name: "test",
      types: ["test.*"],
      async handle(_tx, event) {
        if (event.subject === "5a" && faults-- > 0) throw new Error("not now");
        seen.push(event.subject);
      },
    };
    const progress = createProgress();
    await expect(deliverBatch(app.ctx, subscriber, progress)).rejects.toThrow("not now");
    const before = seen.length;
    await deliverBatch(app.ctx, subscriber, progress);
    expect(seen.length).toBeGreaterThan(before);
    expect(seen).toEqual(await subjects());
    seen.length = 0;
    expect(await deliverBatch(app.ctx, subscriber, progress)).toBe(0);
    expect(seen).toEqual([]);
  });

  it("passes over what a subscriber does not want, and keeps later how far it got", async () => {
    const seen: string[] = [];
    const subscriber: Subscriber = {
      name: "picky",
      types: ["picky.wanted"],
      handle: async (_tx, event) => void seen.push(event.subject),
    };
    const cursor = async () =>
      (await app.ctx.db.selectFrom("event_cursor").select("seq").where("subscriber", "=", "picky").executeTakeFirst())
        ?.seq;
    const write = (type: string, subject: string) =>
      transaction(app.ctx, async (tx) => record(tx, { workspace: "default", type, subject }));
    const progress = createProgress();
    const deliverAll = async () => {
      while ((await deliverBatch(app.ctx, subscriber, progress)) > 0);
    };
    await write("picky.other", "a");
    await deliverAll();
    expect(await cursor()).toBeUndefined();
    await keepPassed(app.ctx, progress);
    const kept = (await cursor())!;
    expect(kept).toBeGreaterThan(0);
    await write("picky.other", "b");
    await write("picky.wanted", "c");
    await write("picky.other", "d");
    await deliverAll();
    expect(seen).toEqual(["c"]);
    expect(await cursor()).toBe(kept + 2);
    // A process that ended before it kept how far it got passes over the same events again.
    expect(await deliverBatch(app.ctx, subscriber, createProgress())).toBe(1);
    expect(seen).toEqual(["c"]);
  });

  it("parks an event that a subscriber cannot handle, after two minutes, and delivers it again when asked", async () => {
    let now = Date.now();
    const ctx = { ...app.ctx, clock: { now: () => now }, log: createLog("error", () => {}) };
    const last = (await subjects()).at(-1)!;
    const seen: string[] = [];
    let broken = true;
    const subscriber: Subscriber = {
      name: "stuck",
      types: ["test.*"],
      async handle(_tx, event) {
        if (broken && event.subject === "5a") throw new Error("no such table");
        seen.push(event.subject);
      },
    };
    const progress = createProgress();
    const started = now;
    for (let turn = 0; turn < 1000 && !seen.includes(last); turn++) {
      await deliverPatiently(ctx, subscriber, progress);
      now += 500;
    }
    expect(now - started).toBeGreaterThan(120_000);
    expect(seen).toEqual((await subjects()).filter((subject) => subject !== "5a"));
    const [parked] = await listParked(ctx);
    expect(parked).toMatchObject({ subscriber: "stuck", subject: "5a", attempts: 8, error: "no such table" });
    const again = () => redeliver(ctx, [subscriber], "stuck", parked!.seq);
    await expect(again()).rejects.toThrow("no such table");
    expect(await listParked(ctx)).toHaveLength(1);
    broken = false;
    await again();
    expect(seen.at(-1)).toBe("5a");
    expect(await listParked(ctx)).toEqual([]);
    await expect(again()).rejects.toMatchObject({ code: "not_found" });
  });

  it("tries again what it can neither deliver nor park, until it can write again", async () => {
    let now = Date.now();
    const readOnly = app.ctx.db.withPlugin({
      transformQuery({ node }) {
        if (node.kind !== "SelectQueryNode") throw new Error("disk is full");
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const ctx = { ...app.ctx, clock: { now: () => now }, log: createLog("error", () => {}) };
    const seen: string[] = [];
    const subscriber: Subscriber = {
      name: "patient",
      types: ["test.*"],
      handle: async (_tx, event) => void seen.push(event.subject),
    };
    const progress = createProgress();
    const turn = async (db: typeof readOnly) => {
      await deliverPatiently({ ...ctx, db }, subscriber, progress);
      now += 65_000;
    };
    for (let turns = 0; turns < 12; turns++) await turn(readOnly);
    await turn(app.ctx.db);
    expect(seen).toEqual(await subjects());
    expect(await listParked(ctx)).toEqual([]);
  });
});
