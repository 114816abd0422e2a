import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { databases } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { gateStepSchema } from "../../contract/job.ts";
import { definition, outputOf, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("gates on %s", (database) => {
  let { app, client: owner, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client: owner, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const gated = (gate: Partial<z.input<typeof gateStepSchema>> = {}) =>
    definition({
      train: step("train", { deterministic: false, outputs: { o: { type: "uri_folder" } } }),
      review: { type: "gate", message: "Look at the model.", inputs: { model: outputOf("train") }, ...gate },
      deploy: step("deploy", { deterministic: false, after: ["review"] }),
    });
  const opened = async (gate: Partial<z.input<typeof gateStepSchema>> = {}) => {
    const { id } = await jobs.submit(gated(gate));
    await worker.complete(await worker.claim(), { o: { model: "weights" } });
    return jobs.until(id, (job) => job.steps[1]!.state === "waiting");
  };
  const decide = (client: Client, id: string, verdict: "approve" | "reject", comment = "") =>
    client.job.decide({ params: { ...params, id, step: "review" }, body: { verdict, comment } });

  it("waits, shows what is decided on, and goes on when it is approved", async () => {
    const job = await opened();
    expect(job.waiting).toEqual([{ step: "review", you: true }]);
    const [train, review] = job.steps;
    expect(review!.gate).toMatchObject({
      message: "Look at the model.",
      quorum: 1,
      inputs: { model: { kind: "files", tree: train!.outputs.o!.digest } },
      decisions: [],
      refusal: null,
    });
    expect(await worker.finds()).toBe(0);
    const { items } = await owner.job.list({ params, query: { waiting: "true" } });
    expect(items.map(({ id, waiting }) => ({ id, waiting }))).toEqual([{ id: job.id, waiting: job.waiting }]);
    expect(await decide(owner, job.id, "approve", "good enough")).toMatchObject({
      decisions: [{ by: { name: "owner" }, verdict: "approve", comment: "good enough" }],
    });
    await worker.complete(await worker.claim());
    expect(await jobs.ended(job.id)).toMatchObject({
      state: "succeeded",
      waiting: [],
      steps: [{}, { state: "succeeded", gate: { refusal: "Step review does not wait for a decision." } }, {}],
    });
    const { items: events } = await owner.audit.list({ query: { subject: `job/${job.id}` } });
    const types = events.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(["job.gate.waiting", "job.gate.approved"]));
    const approved = events.find(({ type }) => type === "job.gate.approved");
    expect(approved).toMatchObject({ reason: "good enough", data: { digest: review!.gate!.digest, approvals: 1 } });
  });

  it("fails the job when somebody rejects, with the reason", async () => {
    const job = await opened({ quorum: 2 });
    await decide(owner, job.id, "approve");
    await decide(await app.as("approver"), job.id, "reject", "overfitted");
    expect(await jobs.ended(job.id)).toMatchObject({
      state: "failed",
      error: "review: rejected by approver: overfitted",
      steps: [{}, { state: "failed" }, { state: "skipped" }],
    });
  });

  it("counts different people only", async () => {
    const job = await opened({ quorum: 2 });
    await decide(owner, job.id, "approve");
    await expect(decide(owner, job.id, "approve")).rejects.toThrow(/You have decided on step review already/);
    expect((await jobs.get(job.id)).steps[1]!.state).toBe("waiting");
    const deciders = [await app.as("approver"), await app.as("data-scientist")];
    const answers = await Promise.allSettled(deciders.map((client) => decide(client, job.id, "approve")));
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await worker.complete(await worker.claim());
    expect((await jobs.ended(job.id)).state).toBe("succeeded");
  });

  it("reaches its quorum when the decisions come at once", async () => {
    const job = await opened({ quorum: 3 });
    const deciders = [owner, await app.as("approver"), await app.as("data-scientist")];
    await Promise.all(deciders.map((client) => decide(client, job.id, "approve")));
    await worker.complete(await worker.claim());
    expect((await jobs.ended(job.id)).steps[1]!.gate!.decisions).toHaveLength(3);
  });

  it("takes the decision only of those it names, and not of the submitter when so told", async () => {
    const named = await opened({ approvers: ["approver"] });
    expect(named.waiting).toEqual([{ step: "review", you: false }]);
    await expect(decide(owner, named.id, "approve")).rejects.toThrow(/Step review is decided on by approver/);
    await expect(decide(await app.as("reader"), named.id, "approve")).rejects.toThrow(/reader may not job → approve/);
    await decide(await app.as("approver"), named.id, "approve");
    await worker.complete(await worker.claim());
    const own = await opened({ excludeSubmitter: true });
    await expect(decide(owner, own.id, "approve")).rejects.toThrow(/You submitted this job/);
    await decide(await app.as("approver"), own.id, "reject");
    expect((await jobs.ended(own.id)).state).toBe("failed");
  });

  it("ends when its time is over", async () => {
    const failed = await opened({ timeoutSeconds: 0.2 });
    expect(await jobs.ended(failed.id)).toMatchObject({
      state: "failed",
      error: "review: too few decided within 0.2 seconds",
    });
    const skipped = await opened({ timeoutSeconds: 0.2, onTimeout: "skip" });
    expect(await jobs.ended(skipped.id)).toMatchObject({
      state: "succeeded",
      steps: [{}, { state: "skipped", error: "too few decided within 0.2 seconds" }, { state: "skipped" }],
    });
  });

  it("ends with a cancelled job, and takes no decision any more", async () => {
    const job = await opened();
    await owner.job.cancel({ params: { ...params, id: job.id }, body: {} });
    expect(await jobs.ended(job.id)).toMatchObject({ state: "cancelled", steps: [{}, { state: "cancelled" }, {}] });
    await expect(decide(owner, job.id, "approve")).rejects.toThrow(/does not wait/);
    await expect(
      owner.job.decide({ params: { ...params, id: job.id, step: "train" }, body: { verdict: "approve" } }),
    ).rejects.toThrow(/no gate/i);
  });
});
