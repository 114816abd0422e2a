import { expect } from "vitest";
import type { z } from "zod";
import type { TestApp } from "../../../test/support/app.ts";
import type { ClaimedTask, StepPayload } from "../../contract/agent.ts";
import type { Client } from "../../contract/client.ts";
import type { CodeSnapshot } from "../../contract/code-snapshot.ts";
import type { commandStepSchema, Job, JobDetail, jobDefinitionSchema, stepSchema } from "../../contract/job.ts";
import { sleep } from "../../platform/clock.ts";

type CommandInput = z.input<typeof commandStepSchema>;
type StepInput = z.input<typeof stepSchema>;
export type DefinitionInput = z.input<typeof jobDefinitionSchema>;

const environment = { name: null, condaFile: null, image: null };

export const step = (command: string, more: Partial<CommandInput> = {}): CommandInput => ({
  ...{ command, code: null, environment },
  ...more,
});

export const definition = (steps: Record<string, StepInput>, more: Partial<DefinitionInput> = {}): DefinitionInput => ({
  ...{ type: "pipeline", displayName: "test", experiment: "test", steps },
  ...more,
});

/** An input that takes an output of another step. */
export const outputOf = (step: string, output = "o") => ({
  type: "uri_folder" as const,
  binding: { from: "step" as const, step, output },
});

/** A step's only output, a folder named `o`. */
export const out = { o: { type: "uri_folder" as const } };

/** What an input that is a value was given. */
export function valueIn(task: ClaimedTask, name: string): string {
  const input = (task.payload as StepPayload).inputs[name];
  if (input?.kind !== "value") throw new Error(`${name} is no value`);
  return input.value;
}

export const literal = (value: string) => ({ type: "string" as const, binding: { from: "literal" as const, value } });

/** A work tree of git. */
export const snapshot: CodeSnapshot = {
  commit: "0123456789abcdef0123456789abcdef01234567",
  branch: "main",
  remote: "https://example.org/team/houses.git",
  file: "pipelines/train.yml",
  dirty: true,
  diff: "diff --git a/x b/x\n-1\n+2\n",
  diffCut: false,
  untracked: ["new.py"],
};

export const params = { workspace: "default" };

/** Jobs through the API, in a few words. */
export const createJobs = (client: Client) => ({
  submit: (body: DefinitionInput, idempotencyKey?: string): Promise<Job> =>
    client.job.create({ params, body: { definition: body, idempotencyKey } }),
  get: (id: string): Promise<JobDetail> => client.job.get({ params: { ...params, id } }),
  async until(id: string, done: (job: JobDetail) => boolean, longestMs = 30_000): Promise<JobDetail> {
    for (const end = Date.now() + longestMs; ; await sleep(20)) {
      const job = await client.job.get({ params: { ...params, id } });
      if (done(job)) return job;
      if (Date.now() > end) throw new Error(`it does not go on: ${JSON.stringify(job.steps)}`);
    }
  },
  ended(id: string, longestMs?: number): Promise<JobDetail> {
    return this.until(id, (job) => job.endedAt !== null, longestMs);
  },
});

/** Logs a metric as the step's command would: with the token of the task. */
export async function logMetric({ fetch }: TestApp, task: ClaimedTask, key: string, value: number, at = 0) {
  const { runId } = task.payload as StepPayload;
  const response = await fetch("http://localhost/w/default/api/2.0/mlflow/runs/log-metric", {
    method: "POST",
    headers: { authorization: `Bearer ${task.token}`, "content-type": "application/json" },
    body: JSON.stringify({ run_id: runId, key, value, timestamp: 1000 + at, step: at }),
  });
  expect(response.status, await response.text()).toBe(200);
}
