import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { createJobs, definition, params, step } from "../job/job.fixture.ts";

describe.each(databases)("computes on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let agent: Client;
  let jobs: ReturnType<typeof createJobs>;
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    owner = await app.as("owner");
    agent = await app.as("agent");
    jobs = createJobs(owner);
  });
  afterAll(() => app.stop());

  const total = { cpus: 2, memoryMb: 1000, gpus: 0 };
  const claim = async (max: number, computes: string[] | null = null) => {
    const capacity = { slots: 4, total, computes };
    const body = { agent: computes?.[0] ?? "all", kinds: ["step"], max, waitMs: 300, capacity };
    return (await agent.agent.claim({ body })).tasks;
  };
  const waits = async (id: string) => (await jobs.get(id)).steps.map(({ waitsFor }) => waitsFor);
  const queued = (id: string) => jobs.until(id, (job) => job.steps.every(({ state }) => state === "queued"));

  it("lists what there is, and names what is not there yet", async () => {
    const { items } = await (await app.as("reader")).compute.list({ params });
    expect(items).toMatchObject([
      { name: "container", kind: "container", builtIn: true, network: false, queued: 0 },
      { name: "local", kind: "local", builtIn: true, load: { steps: 0 } },
    ]);
    const ray = owner.compute.create({ body: { name: "ray", kind: "ray" } });
    await expect(ray).rejects.toMatchObject({ code: "unsupported", message: expect.stringContaining("ray") });
  });

  it("is managed by owners only", async () => {
    const contributor = await app.as("contributor");
    const body = { name: "mine", kind: "local" as const };
    await expect(contributor.compute.create({ body })).rejects.toMatchObject({ code: "forbidden" });
    await expect(contributor.compute.setQuota({ params, body: {} })).rejects.toMatchObject({ code: "forbidden" });
    await expect(contributor.compute.delete({ params: { name: "local" } })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("gives an agent what fits, and says why the rest waits", async () => {
    const steps = Object.fromEntries(["a", "b", "c"].map((name) => [name, step(`echo ${name}`)]));
    const { id } = await jobs.submit(definition(steps));
    await queued(id);
    expect((await waits(id))[0]).toMatch(/^no agent serves the compute local/);
    const tasks = await claim(9);
    expect(tasks).toMatchObject([
      { compute: { name: "local", kind: "local" }, resources: { cpus: 1, memoryMb: 0, gpus: 0 } },
      { compute: { name: "local" } },
    ]);
    expect(await waits(id)).toEqual([null, null, "2 of 2 cpus in use; position 1"]);
    expect(await owner.compute.get({ params: { ...params, name: "local" } })).toMatchObject({
      ...{ load: { steps: 2, cpus: 2 }, queued: 1, agents: [{ id: "all", running: 2, total }] },
    });
    const huge = await jobs.submit(definition({ huge: step("true", { resources: { cpus: 64 } }) }));
    await queued(huge.id);
    expect(await waits(huge.id)).toEqual(["asks for 64 cpus; no agent of the compute local has more than 2"]);
    for (const job of [id, huge.id]) await owner.job.cancel({ params: { ...params, id: job }, body: {} });
    for (const { execution, task, epoch } of tasks) {
      await agent.agent.fail({ body: { execution, task, epoch, message: "stopped", fault: "user" } });
    }
    await jobs.ended(id);
  });

  it("counts the processes of a step, as far as there are CPUs for them", async () => {
    await claim(1);
    const distribution = { type: "pytorch" as const, processesPerInstance: 8 };
    const { id } = await jobs.submit(definition({ many: step("true", { distribution }), one: step("true # one") }));
    await queued(id);
    const [task, ...more] = await claim(9);
    expect(task).toMatchObject({ task: "many", resources: { cpus: 2 } });
    expect(more).toEqual([]);
    expect(await waits(id)).toEqual([null, "2 of 2 cpus in use; position 1"]);
    await owner.job.cancel({ params: { ...params, id }, body: {} });
    const { execution, epoch } = task!;
    await agent.agent.fail({ body: { execution, task: task!.task, epoch, message: "stopped", fault: "user" } });
    await jobs.ended(id);
  });

  it("gives what needs containers to agents that can run them only", async () => {
    const environment = { name: null, condaFile: null, image: "example.org/train:1" };
    const { id } = await jobs.submit(definition({ a: step("true", { environment }) }));
    await jobs.until(id, (job) => job.steps.some(({ state }) => state === "queued"));
    const ask = async (name: string, containerEngine: string | null) => {
      const capacity = { slots: 4, total, computes: null, containerEngine };
      const body = { agent: name, kinds: ["environment"], max: 1, waitMs: 0, capacity };
      return (await agent.agent.claim({ body })).tasks;
    };
    expect(await ask("without", null)).toEqual([]);
    const said = "no agent of the compute container has podman or docker that works";
    expect((await jobs.get(id)).steps.map(({ waitsFor }) => waitsFor)).toContain(said);
    const [task] = await ask("with", "podman 5");
    expect(task?.compute.kind).toBe("container");
    const { execution, epoch } = task!;
    const failure = { message: "no such image", fault: "user" as const, retryable: false };
    await agent.agent.fail({ body: { execution, task: task!.task, epoch, ...failure } });
    await jobs.ended(id);
  });

  it("keeps a workspace to its quota, and runs its steps on its default compute", async () => {
    await owner.compute.create({ body: { name: "box", kind: "local", dedicated: true, limit: { cpus: 1 } } });
    const again = owner.compute.create({ body: { name: "box", kind: "local" } });
    await expect(again).rejects.toMatchObject({ code: "conflict" });
    const quota = await owner.compute.setQuota({ params, body: { limit: { steps: 1 }, defaultCompute: "box" } });
    expect(quota).toMatchObject({ limit: { steps: 1, cpus: null }, weight: 1, defaultCompute: "box" });
    const asked = { a: step("echo a", { compute: "azureml:cpu-cluster" }), b: step("echo b") };
    const { id } = await jobs.submit(definition(asked));
    await queued(id);
    expect((await jobs.get(id)).steps.map(({ compute }) => compute)).toEqual(["box", "box"]);
    expect(await claim(9)).toEqual([]);
    const [task, more] = await claim(9, ["box"]);
    expect(more).toBeUndefined();
    expect((task!.payload as { notes: string[] }).notes).toEqual([expect.stringContaining("azureml:cpu-cluster")]);
    expect(await waits(id)).toEqual([null, "the workspace's quota is used up: 1 of 1 steps in use; position 1"]);
    await owner.compute.setQuota({ params, body: { limit: { steps: null } } });
    expect((await waits(id))[1]).toMatch(/^the compute box is full: 1 of 1 cpus in use/);
    const busy = owner.compute.delete({ params: { name: "box" } });
    await expect(busy).rejects.toMatchObject({ code: "conflict" });
    const { execution, epoch } = task!;
    await owner.job.cancel({ params: { ...params, id }, body: {} });
    await agent.agent.fail({ body: { execution, task: task!.task, epoch, message: "stopped", fault: "user" } });
    await jobs.ended(id);
    await owner.compute.setQuota({ params, body: { defaultCompute: "local" } });
    await owner.compute.delete({ params: { name: "box" } });
    await expect(owner.compute.get({ params: { ...params, name: "box" } })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(owner.compute.delete({ params: { name: "local" } })).rejects.toMatchObject({ code: "conflict" });
  });
});
