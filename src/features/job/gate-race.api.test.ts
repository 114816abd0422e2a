import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { gateStepSchema, JobDetail } from "../../contract/job.ts";
import { runEngine } from "../../engine/index.ts";
import { sleep } from "../../platform/clock.ts";
import { createJobs, definition, params } from "./job.fixture.ts";

const rounds = [1, 2, 3, 4, 5, 6];

/** What happens at a gate at the same moment, or while no engine runs. */
describe.each(databases)("decisions at once on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let jobs: ReturnType<typeof createJobs>;

  beforeAll(async () => {
    app = await createTestApp({ database });
    owner = await app.as("owner");
    jobs = createJobs(owner);
  });
  afterAll(() => app.stop());

  /** Plans as long as `work` takes: afterwards it is as if the server had been killed. */
  async function withEngine<T>(work: () => Promise<T>): Promise<T> {
    const stopping = new AbortController();
    const running = runEngine(app.ctx, app.hooks, stopping.signal);
    try {
      return await work();
    } finally {
      stopping.abort();
      await running;
    }
  }
  const opened = (gate: Partial<z.input<typeof gateStepSchema>> = {}): Promise<JobDetail> =>
    withEngine(async () => {
      const { id } = await jobs.submit(definition({ review: { type: "gate", ...gate } }));
      return jobs.until(id, (job) => job.steps[0]!.state === "waiting");
    });
  const ended = (id: string) => withEngine(() => jobs.ended(id));
  const decide = (client: Client, id: string, verdict: "approve" | "reject") =>
    client.job.decide({ params: { ...params, id, step: "review" }, body: { verdict, comment: "" } });
  /** What the audit trail says of how the gate ended. */
  const decided = async (id: string): Promise<string[]> => {
    const { items } = await owner.audit.list({ query: { subject: `job/${id}` } });
    return items.map(({ type }) => type).filter((type) => /^job\.gate\.(approved|rejected|timed-out)$/.test(type));
  };
  const isTaken = ({ status }: PromiseSettledResult<unknown>): boolean => status === "fulfilled";

  it("count one person once, who says it twice in the same moment", async () => {
    const { id } = await opened({ quorum: 2 });
    const twice = await Promise.allSettled([1, 2, 3].map(() => decide(owner, id, "approve")));
    expect(twice.filter(isTaken)).toHaveLength(1);
    const [review] = (await jobs.get(id)).steps;
    expect(review).toMatchObject({ state: "waiting", gate: { decisions: [{ by: { name: "owner" } }] } });
    expect(await decided(id)).toEqual(["job.gate.approved"]);
    await owner.job.cancel({ params: { ...params, id }, body: {} });
  });

  it("of two people who say yes and no, one is heard", async () => {
    const approver = await app.as("approver");
    for (const _ of rounds) {
      const { id } = await opened();
      const [yes, no] = await Promise.allSettled([decide(owner, id, "approve"), decide(approver, id, "reject")]);
      expect([yes, no].filter(isTaken)).toHaveLength(1);
      expect((await ended(id)).state).toBe(isTaken(yes) ? "succeeded" : "failed");
      expect(await decided(id)).toEqual([isTaken(yes) ? "job.gate.approved" : "job.gate.rejected"]);
    }
  });

  it("are taken or refused as a whole when the job is cancelled meanwhile", async () => {
    for (const _ of rounds) {
      const { id } = await opened();
      const cancel = owner.job.cancel({ params: { ...params, id }, body: {} });
      const [said] = await Promise.allSettled([decide(owner, id, "approve"), cancel]);
      const { state, gate } = (await ended(id)).steps[0]!;
      expect([state, gate!.decisions.length]).toEqual(isTaken(said) ? ["succeeded", 1] : ["cancelled", 0]);
      expect(await decided(id)).toEqual(isTaken(said) ? ["job.gate.approved"] : []);
    }
  });

  it("are refused while a job is being stopped", async () => {
    const { id } = await opened();
    await owner.job.cancel({ params: { ...params, id }, body: { reason: "no more of it" } });
    await expect(decide(owner, id, "approve")).rejects.toThrow(/is being stopped: no more of it/);
    expect((await ended(id)).steps[0]!.state).toBe("cancelled");
  });

  it("are refused when the time is over, also while nobody was there to close the gate", async () => {
    const { id } = await opened({ timeoutSeconds: 1 });
    await sleep(1050);
    const [review] = (await jobs.get(id)).steps;
    expect(review).toMatchObject({ state: "waiting", gate: { refusal: "The time to decide on step review is over." } });
    await expect(decide(owner, id, "approve")).rejects.toThrow(/The time to decide on step review is over/);
    expect((await ended(id)).error).toMatch(/too few decided/);
  });

  it("are taken or refused as a whole in the moment in which the time ends", async () => {
    for (const _ of rounds.slice(3)) {
      const { id, steps } = await opened({ timeoutSeconds: 1 });
      await sleep(Math.max(0, steps[0]!.gate!.until! - Date.now() - 5));
      const [said] = await Promise.allSettled([decide(owner, id, "approve"), ended(id)]);
      const job = await jobs.get(id);
      expect([job.state, job.steps[0]!.gate!.decisions.length]).toEqual(
        isTaken(said) ? ["succeeded", 1] : ["failed", 0],
      );
      expect(await decided(id)).toEqual([isTaken(said) ? "job.gate.approved" : "job.gate.timed-out"]);
    }
  });

  it("hold, although the server dies before it has planned what follows", async () => {
    const { id } = await opened({ quorum: 2 });
    await decide(owner, id, "approve");
    await withEngine(() => sleep(50));
    await decide(await app.as("approver"), id, "approve");
    expect(await jobs.get(id)).toMatchObject({ endedAt: null, steps: [{ state: "succeeded" }] });
    expect(await ended(id)).toMatchObject({ state: "succeeded", steps: [{ gate: { decisions: [{}, {}] } }] });
    expect(await decided(id)).toEqual(["job.gate.approved", "job.gate.approved"]);
  });
});
