// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { Expectations } from "../../contract/data.ts";
import { runSystemWorker } from "../../engine/index.ts";
import { sha256 } from "../../platform/digest.ts";
import { createProgress, deliverBatch } from "../../platform/events/deliver.ts";
import { params } from "../job/job.fixture.ts";
import { changedData } from "./index.ts";
import { createSchedules, named, type Schedules } from "./schedule.fixture.ts";
import { startQueued } from "./start.ts";

describe.each(databases)("schedules that new data starts on %s", (database) => {
  let world: Schedules;
  beforeAll(async () => {
    world = await createSchedules(database);
  });
  afterAll(() => world.stop());

  const version = "${{creation_context.data_version}}";
  const whenNew = (name: string, more: object = {}) =>
    world.schedule(name, { trigger: { type: "data", name }, start: { inputs: { day: version } }, ...more });

  /** A version whose check has not begun. */
  async function add(name: string, text: string, expectations?: Expectations): Promise<void> {
    const { client } = world;
    const body = new TextEncoder().encode(text);
    const file = await client.blob.put({ params: { ...params, digest: sha256(body) }, body });
    const tree = await client.blob.createTree({ params, body: { files: [{ path: "a.csv", ...file }] } });
    await client.data.create({ params: named(name), body: { tree: tree.digest, type: "uri_file", expectations } });
  }

  /** Ends the checks that were asked for. */
  async function check(name: string): Promise<void> {
    const stopping = new AbortController();
    const options = { holder: "test", kinds: ["system.profile"] };
    const worker = runSystemWorker(world.app.ctx, world.app.hooks, options, stopping.signal);
    const states = async () => (await world.client.data.get({ params: named(name) })).items.map(({ state }) => state);
    await expect.poll(states, { timeout: 20_000 }).not.toContain("checking");
    stopping.abort();
    await worker;
  }

  /** What follows from what happened. */
  async function settle(): Promise<void> {
    const progress = createProgress();
    while ((await deliverBatch(world.app.ctx, changedData, progress)) > 0);
    await startQueued(world.ctx());
  }

  const dayOf = async (jobId: string | null) => (await world.jobs.get(jobId!)).definition.inputs.day!.binding;

  it("begins when the check of a version has found it good, with that version", async () => {
    await whenNew("slow");
    await add("slow", "a\n1\n");
    await settle();
    expect(await world.firings("slow")).toEqual([]);
    await check("slow");
    await settle();
    const [firing] = await world.firings("slow");
    expect(firing).toMatchObject({ state: "started", cause: "data/slow/1" });
    expect(await dayOf(firing!.jobId)).toMatchObject({ from: "literal", value: "1" });
    await world.finish();
  });

  it("does not begin for a version that is refused", async () => {
    await whenNew("strict");
    await add("strict", "a\nx\n", { columns: [{ name: "a", type: "integer" }] } as Expectations);
    await check("strict");
    await settle();
    expect(await world.firings("strict")).toEqual([]);
  });

  it("keeps the newest of what comes while its job runs, and starts it with the version that it came for", async () => {
    await whenNew("busy");
    for (const text of ["a\n1\n", "a\n2\n", "a\n3\n"]) {
      await add("busy", text);
      await check("busy");
      await settle();
    }
    expect((await world.firings("busy")).map(({ state, reason }) => [state, reason])).toEqual([
      ["queued", null],
      ["skipped", "data/busy/3 came before the running job ended"],
      ["started", null],
    ]);
    const running = await world.worker.claim();
    await world.worker.complete(running);
    await world.jobs.ended((await world.firings("busy")).at(-1)!.jobId!);
    await settle();
    const [newest] = await world.firings("busy");
    expect(newest).toMatchObject({ state: "started", cause: "data/busy/3" });
    expect(await dayOf(newest!.jobId)).toMatchObject({ value: "3" });
    await world.finish();
  });

  it("starts by hand with the newest version, and says so when there is none", async () => {
    await whenNew("empty", { overlap: "allow" });
    const fire = () => world.client.schedule.fire({ params: named("empty"), body: {} });
    await fire();
    await settle();
    expect(await world.firings("empty")).toMatchObject([
      { state: "failed", reason: expect.stringMatching(/no data asset/) },
    ]);
    await world.client.schedule.switch({ params: named("empty"), body: { enabled: false } });
    await add("empty", "a\n1\n");
    await check("empty");
    await fire();
    await settle();
    const [firing] = await world.firings("empty");
    expect(await dayOf(firing!.jobId)).toMatchObject({ value: "1" });
    await world.finish();
  });
});
