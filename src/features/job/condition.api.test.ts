import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { definition, outputOf, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("conditions and values on %s", (database) => {
  let { app, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const metrics = { from: "step" as const, step: "evaluate", output: "metrics" };
  const evaluated = (when: { field?: string[]; operator?: ">="; right: number }, type: "uri_file" | "number") =>
    definition({
      evaluate: step("evaluate", { deterministic: false, outputs: { metrics: { type } } }),
      deploy: step("deploy", {
        deterministic: false,
        outputs: { o: { type: "uri_folder" } },
        when: { left: metrics, operator: ">=", ...when },
      }),
      announce: step("announce", { inputs: { what: outputOf("deploy") } }),
      tidy: step("tidy", { deterministic: false }),
    });

  it("runs a step whose condition holds", async () => {
    const { id } = await jobs.submit(evaluated({ field: ["test", "accuracy"], right: 0.9 }, "uri_file"));
    const claims = [await worker.claim(), await worker.claim()];
    for (const claim of claims) {
      const outputs = claim.task === "evaluate" ? { metrics: { metrics: '{"test": {"accuracy": 0.93}}' } } : {};
      await worker.complete(claim, outputs as Record<string, Record<string, string>>);
    }
    const deploy = await worker.claim();
    expect(deploy.task).toBe("deploy");
    await worker.complete(deploy, { o: { f: "x" } });
    await worker.complete(await worker.claim());
    expect((await jobs.ended(id)).state).toBe("succeeded");
  });

  it("skips a step whose condition does not hold, and what needs it, without failing", async () => {
    const { id } = await jobs.submit(evaluated({ right: 0.9 }, "number"));
    const claims = [await worker.claim(), await worker.claim()];
    for (const claim of claims) {
      const outputs = claim.task === "evaluate" ? { metrics: { metrics: "0.85\n" } } : {};
      await worker.complete(claim, outputs as Record<string, Record<string, string>>);
    }
    const job = await jobs.ended(id);
    expect(job).toMatchObject({
      state: "succeeded",
      error: null,
      steps: [
        { state: "succeeded", outputs: { metrics: { value: "0.85" } } },
        { state: "skipped", error: "evaluate.metrics >= 0.9 does not hold: it is 0.85" },
        { state: "skipped", error: "deploy was skipped" },
        { state: "succeeded" },
      ],
    });
  });

  it("fails a step whose condition cannot be decided", async () => {
    const { id } = await jobs.submit(evaluated({ field: ["test"], right: 0.9 }, "uri_file"));
    const claims = [await worker.claim(), await worker.claim()];
    for (const claim of claims) {
      const outputs = claim.task === "evaluate" ? { metrics: { metrics: '{"train": 1}' } } : {};
      await worker.complete(claim, outputs as Record<string, Record<string, string>>);
    }
    expect(await jobs.ended(id)).toMatchObject({
      state: "failed",
      error: 'deploy: The output "metrics" of step evaluate has no single value at test.',
    });
  });

  it("decides by an input of the job, before anything ran", async () => {
    const body = (region: string) =>
      definition(
        {
          only: step("only", {
            deterministic: false,
            when: { left: { from: "input", input: "region" }, operator: "==", right: "eu" },
          }),
        },
        { inputs: { region: { type: "string", binding: { from: "literal", value: region } } } },
      );
    const skipped = await jobs.ended((await jobs.submit(body("us"))).id);
    expect(skipped).toMatchObject({
      state: "succeeded",
      steps: [{ state: "skipped", error: 'inputs.region == "eu" does not hold: it is "us"' }],
    });
    const { id } = await jobs.submit(body("eu"));
    await worker.complete(await worker.claim());
    expect((await jobs.ended(id)).state).toBe("succeeded");
  });

  const passing = (type: "number" | "integer" | "boolean" | "string", as: typeof type = type) =>
    definition({
      make: step("make", { deterministic: false, outputs: { metrics: { type } } }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the reference of a command
      use: step("use ${{inputs.v}}", {
        deterministic: false,
        inputs: { v: { type: as, binding: { ...metrics, step: "make" } } },
      }),
    });

  it.each([
    ["number", "0.25\n", "0.25"],
    ["integer", " 7 ", "7"],
    ["boolean", "True", "true"],
    ["string", "a b, c\n", "a b, c"],
  ] as const)("hands a %s to the next step as a value", async (type, written, value) => {
    const { id } = await jobs.submit(passing(type));
    await worker.complete(await worker.claim(), { metrics: { metrics: written } });
    const claim = await worker.claim();
    expect(claim.payload).toMatchObject({ inputs: { v: { kind: "value", type, value } } });
    await worker.complete(claim);
    await jobs.ended(id);
  });

  it.each([
    ["number", "a lot", /output "metrics" of step make must be a number, but it is "a lot"/],
    ["integer", "1.5", /must be an integer, but it is "1.5"/],
    ["boolean", "yes", /must be a boolean/],
  ] as const)("refuses a %s that is none", async (type, written, message) => {
    const { id } = await jobs.submit(passing(type));
    const claim = await worker.claim();
    await expect(worker.complete(claim, { metrics: { metrics: written } })).rejects.toThrow(message);
    await worker.fail(claim, "refused", { retryable: false });
    expect((await jobs.ended(id)).state).toBe("failed");
  });
});
