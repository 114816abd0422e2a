import type { AuditEvent } from "../../contract/audit.ts";
import type { TestResult } from "../../contract/build.ts";
import type { TreeFile } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import { type Ctx, systemActor } from "../../platform/context.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { record } from "../../platform/events/journal.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import { getJob } from "../job/index.ts";
import { evidenceOf } from "./evidence.ts";
import { failureOf, parseJUnit, summarise } from "./junit.ts";
import type { BuildTable } from "./schema.ts";
import type { Outcome } from "./script.ts";
import * as store from "./store.ts";

interface Results {
  digest: string;
  outcome: Outcome;
  tests: TestResult | null;
}

/** A build ends when its job does. */
export const buildJobs: Subscriber = {
  name: "build.jobs",
  types: ["job.succeeded", "job.failed", "job.cancelled"],
  async handle(tx, event) {
    const { trigger } = event.data as { trigger?: string };
    const [, number] = /^build\/(\d+)$/.exec(trigger ?? "") ?? [];
    const build = number && (await store.findBuild(tx.db, event.workspace, Number(number)));
    if (build && `job/${build.job_id}` === event.subject) await finish(tx, build, event);
  },
};

async function finish(tx: Ctx, build: BuildTable, event: AuditEvent): Promise<void> {
  const jobState = event.type.slice("job.".length);
  let results: Results | null = null;
  let error = (event.data as { error?: string | null }).error ?? null;
  if (jobState === "succeeded") {
    try {
      results = await readResults(tx, build);
      error = errorOf(build, results);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      error = problem.message;
    }
  }
  const state = jobState !== "succeeded" ? jobState : error === null ? "succeeded" : "failed";
  const evidence = await evidenceOf(tx, build.workspace, JSON.parse(build.models), results);
  const change = {
    state,
    error: state === "succeeded" ? null : (error ?? "the job did not succeed"),
    tests: results?.tests ? JSON.stringify(results.tests) : null,
    evidence: JSON.stringify(evidence),
    ended_at: tx.clock.now(),
  };
  if (!(await store.endBuild(tx.db, build, change))) return;
  record(tx, {
    workspace: build.workspace,
    type: `build.${state}`,
    subject: `build/${build.number}`,
    actor: systemActor,
    data: { name: build.name, trigger: build.trigger, error: change.error, models: JSON.parse(build.models) },
  });
}

async function readResults(tx: Ctx, build: BuildTable): Promise<Results> {
  const { workspace } = build;
  const { steps } = await getJob(tx, workspace, build.job_id);
  const output = steps.find((step) => step.name === "build")?.outputs.results;
  if (!output) throw new Problem("unprocessable", "The build's job left no results.");
  const files = await readTree(tx, workspace, output.digest);
  const text = async (file: TreeFile) => Buffer.from(await readSmallBlob(tx, workspace, file.digest)).toString();
  const outcome = files.find((file) => file.path === "outcome.json");
  if (!outcome) throw new Problem("unprocessable", "A script of the build removed its results.");
  const cases = [];
  const reports = files.filter((file) => file.path.startsWith("tests/"));
  for (const file of reports) cases.push(...parseJUnit(await text(file), file.path));
  return {
    digest: output.digest,
    outcome: JSON.parse(await text(outcome)) as Outcome,
    tests: reports.length > 0 ? summarise(cases) : null,
  };
}

/** Why the build failed: first of all the tests that did. */
function errorOf(build: BuildTable, { outcome, tests }: Results): string | null {
  const failed = failureOf(tests);
  if (failed) return failed;
  if (outcome.exitCode === 0) return null;
  const names = JSON.parse(build.steps) as string[];
  return `step "${names[outcome.step - 1] ?? outcome.step}" ended with exit code ${outcome.exitCode}`;
}
