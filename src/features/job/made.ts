import type { AssetSource } from "../../contract/asset-source.ts";
import type { TreeFile } from "../../contract/common.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import type { JobDefinition } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import { listTasks } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { createTree, readTree } from "../blob/index.ts";
import { filesAt, findRun, keptFiles } from "../run/index.ts";
import type { StepOutputs } from "./resolve.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";

type Reference = Exclude<AssetSource, { from: "url" }>;

/** What a job or a run wrote. */
export interface Made {
  tree: string;
  jobId: string | null;
  runId: string | null;
  /** The same reference with ids in the place of names: `azureml://jobs/<id>/outputs/model`, `runs:/<id>/model`. */
  said: string;
}

/** Finds what an earlier job or a run wrote, as it is now; `invalid` or `not_found` when there is nothing of the kind. */
export async function findMade(ctx: Ctx, workspace: string, reference: Reference): Promise<Made> {
  if (reference.from === "run")
    return findKept(ctx, workspace, await runNamed(ctx, workspace, reference.run), reference);
  const row = await requireJob(ctx, workspace, reference.job);
  const definition = JSON.parse(row.definition) as JobDefinition;
  const declared = Object.hasOwn(definition.outputs, reference.output)
    ? definition.outputs[reference.output]
    : undefined;
  if (!declared && reference.output === "artifacts") {
    const kept = await findKept(ctx, workspace, await runOfJob(ctx, row, definition), reference);
    return { ...kept, jobId: row.id };
  }
  if (!declared) throw noOutput(row, definition, reference.output);
  const [task] = await listTasks(ctx, row.execution_id, [declared.step]);
  const written = (task?.result as StepOutputs | null | undefined)?.outputs?.[declared.output];
  if (!written || (task?.state !== "succeeded" && task?.state !== "reused")) {
    const state = task ? `is ${task.state}` : "has not run";
    throw invalid(`Job ${reference.job} has no output "${reference.output}" yet: its step ${declared.step} ${state}.`, {
      hint: "Wait for it, or name a job that has written it.",
    });
  }
  const step = await store.findStep(ctx.db, row.id, declared.step);
  const files = await readTree(ctx, workspace, written.digest);
  const tree = reference.path === "" ? written.digest : await treeAt(ctx, workspace, files, reference);
  const said = join("azureml://jobs/", row.id, "outputs", reference.output, reference.path && "paths", reference.path);
  return { tree, jobId: row.id, runId: step?.run_id ?? null, said };
}

const join = (scheme: string, ...parts: string[]): string => scheme + parts.filter((part) => part !== "").join("/");

/** By its id, or the newest of a name. */
async function requireJob(ctx: Ctx, workspace: string, named: string): Promise<JobTable> {
  const row = await store.findNamed(ctx.db, workspace, named);
  if (row) return row;
  throw notFound("job", named, "Its id or name: list them with `trainyard job list`.");
}

/** The id of a run; or of the run of a job, since in Azure ML both have one name. */
async function runNamed(ctx: Ctx, workspace: string, named: string): Promise<string> {
  if (await findRun(ctx, workspace, named)) return named;
  const row = await store.findNamed(ctx.db, workspace, named);
  if (!row) throw notFound("run", named, "List them with `trainyard run list`.");
  return runOfJob(ctx, row, JSON.parse(row.definition) as JobDefinition);
}

/** The run of a pipeline, or of the only step of another job. */
async function runOfJob(ctx: Ctx, row: JobTable, definition: JobDefinition): Promise<string> {
  const [step = ""] = Object.keys(definition.steps);
  const runId = row.run_id ?? (await store.findStep(ctx.db, row.id, step))?.run_id;
  if (runId) return runId;
  throw invalid(`Job ${row.name} has no run yet, so it keeps nothing.`);
}

async function findKept(ctx: Ctx, workspace: string, runId: string, reference: Reference): Promise<Made> {
  const files = await keptFiles(ctx, workspace, runId, reference.path);
  const run = await findRun(ctx, workspace, runId);
  const tree = await createTreeOf(ctx, workspace, files, reference);
  return { tree, jobId: run?.job_id ?? null, runId, said: join("runs:/", runId, reference.path) };
}

const treeAt = (ctx: Ctx, workspace: string, files: TreeFile[], reference: Reference): Promise<string> =>
  createTreeOf(ctx, workspace, filesAt(files, reference.path), reference);

async function createTreeOf(ctx: Ctx, workspace: string, files: TreeFile[], reference: Reference): Promise<string> {
  if (files.length > 0) return createTree(ctx, workspace, { files });
  const what =
    reference.from === "run" ? `run ${reference.run}` : `output "${reference.output}" of job ${reference.job}`;
  throw invalid(reference.path ? `There is no "${reference.path}" in ${what}.` : `There are no files in ${what}.`);
}

function noOutput(row: JobTable, { outputs }: JobDefinition, output: string): Error {
  const names = Object.keys(outputs);
  return invalid(`Job ${row.name} has no output "${output}".`, {
    hint: didYouMean(output, names) ?? `It has ${[...names, "artifacts"].join(", ")}.`,
  });
}
