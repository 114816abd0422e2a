import type { AuditEvent } from "../../contract/audit.ts";
import type { Build, TestResult } from "../../contract/build.ts";
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

interface Judged {
  results: Results | null;
  evidence: Build["evidence"];
  error: string | null;
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
  const job = event.type.slice("job.".length);
  const found = job === "succeeded" ? await judged(tx, build) : nothing;
  const error = found.error ?? (job === "succeeded" ? null : said(event));
  const state = job !== "succeeded" ? job : error === null ? "succeeded" : "failed";
  const change = {
    ...{ state, error },
    tests: found.results?.tests ? JSON.stringify(found.results.tests) : null,
    evidence: JSON.stringify(found.evidence),
    ended_at: tx.clock.now(),
  };
  if (!(await store.endBuild(tx.db, build, change))) return;
  record(tx, {
    workspace: build.workspace,
    type: `build.${state}`,
    subject: `build/${build.number}`,
    actor: systemActor,
    data: { name: build.name, trigger: build.trigger, error, models: JSON.parse(build.models) },
  });
}

const said = (event: AuditEvent): string =>
  (event.data as { error?: string | null }).error ?? "the job did not succeed";

const nothing: Judged = { results: null, evidence: [], error: null };

/** What the build found. Results or files that cannot be read fail it; the events behind it do not wait for them. */
async function judged(tx: Ctx, build: BuildTable): Promise<Judged> {
  const found = { ...nothing };
  try {
    found.results = await readResults(tx, build);
    found.error = errorOf(build, found.results);
    found.evidence = await evidenceOf(tx, build.workspace, JSON.parse(build.models), found.results);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    found.error ??= problem.message;
  }
  return found;
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
  const said = outcomeOf(await text(outcome));
  const cases = [];
  const reports = files.filter((file) => file.path.startsWith("tests/"));
  for (const file of reports) cases.push(...parseJUnit(await text(file), file.path));
  return {
    digest: output.digest,
    outcome: said,
    tests: reports.length > 0 ? summarise(cases) : null,
  };
}

/** Scripts can write where the command does, so what is there is not believed. */
function outcomeOf(text: string): Outcome {
  try {
    const { exitCode, step } = JSON.parse(text) as Partial<Outcome>;
    if (Number.isInteger(exitCode) && Number.isInteger(step)) return { exitCode: exitCode!, step: step! };
  } catch {}
  throw new Problem("unprocessable", "A script of the build damaged its results.");
}

/** Why the build failed: first of all the tests that did. */
function errorOf(build: BuildTable, { outcome, tests }: Results): string | null {
  const failed = failureOf(tests);
  if (failed) return failed;
  if (outcome.exitCode === 0) return null;
  const names = JSON.parse(build.steps) as string[];
  return `step "${names[outcome.step - 1] ?? outcome.step}" ended with exit code ${outcome.exitCode}`;
}
