import type { z } from "zod";
import type { CodeSnapshot } from "../../contract/code-snapshot.ts";
import { conflict, invalid, Problem } from "../../contract/errors.ts";
import {
  commandsOf,
  type Job,
  type JobBody,
  type JobDefinition,
  type JobOrigin,
  type JobSource,
  jobDefinitionSchema,
  type validationSchema,
} from "../../contract/job.ts";
import { createExecution } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { placing } from "../compute/index.ts";
import { recordEnvironments } from "../environment/index.ts";
import { createRun } from "../run/index.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { checkDefinition } from "./check.ts";
import { insertSnapshot, tagsOf } from "./code-snapshot.ts";
import { timeOf } from "./debug.ts";
import { jobOf } from "./job-of.ts";
import { awaitModels, pinDefinition } from "./pin.ts";
import { sampleDefinition } from "./sample.ts";
import { requireSecrets } from "./secrets.ts";
import { type CheckOptions, checkSource, translateSource } from "./source.ts";
import * as store from "./store.ts";
import { insertTags, textOf } from "./tag.ts";
import { tasksOf } from "./tasks.ts";

export interface Submission {
  workspace: string;
  /** Its id, where something that it is started with names it. */
  id?: string;
  trigger: string;
  /** Submitting again with the same key gives the same job. */
  idempotencyKey?: string;
  /** Only the first rows of its tables. */
  sample?: { rows: number };
  /** The work tree of git that its code comes from. */
  code?: CodeSnapshot;
  /** Who published what is started, when that is a version of a pipeline. */
  writtenBy?: string;
  /** Of a trial or an item: what started it. */
  parent?: { jobId: string; execution: string; step: string; runId: string; runTags: Record<string, string> };
  /** Of a job that goes on with another one, or runs it again: the steps whose results it takes over. */
  origin?: JobOrigin & { recovers: string[] };
}

/** Submits a definition. Names in it are pinned to digests now; nothing is written when anything is wrong. */
export async function submitJob(ctx: Ctx, wanted: Submission & { definition: JobDefinition }): Promise<Job> {
  await requireWorkspace(ctx, wanted.workspace);
  const whole = jobDefinitionSchema.parse(wanted.definition);
  // The job that starts a trial or an item was checked; its own values are when its turn comes: it fails alone.
  if (!wanted.parent) checkDefinition(whole);
  const { workspace, sample } = wanted;
  const parsed = sample ? await sampleDefinition(ctx, workspace, whole, sample.rows) : whole;
  if (!ctx.unit) await awaitModels(ctx, wanted.workspace, parsed);
  try {
    return await insertJob(ctx, wanted, parsed);
  } catch (error) {
    // Of several with the same key that come at once the database takes one; the others are answered with it.
    const first = ctx.unit ? undefined : await findSubmitted(ctx, wanted);
    if (!first) throw error;
    return first;
  }
}

async function findSubmitted(ctx: Ctx, { workspace, idempotencyKey }: Submission): Promise<Job | undefined> {
  if (!idempotencyKey) return undefined;
  const row = await store.findByIdempotencyKey(ctx.db, workspace, idempotencyKey);
  return row && jobOf(row);
}

function insertJob(ctx: Ctx, wanted: Submission, parsed: JobDefinition): Promise<Job> {
  return transaction(ctx, async (tx) => {
    const again = await findSubmitted(tx, wanted);
    if (again) return again;
    // What a trial or an item goes on with stays because of the job that started it.
    if (wanted.origin && !wanted.parent) await holdOrigin(tx, wanted.workspace, wanted.origin);
    const definition = await pinDefinition(tx, wanted.workspace, parsed);
    await requireSecrets(tx, wanted.workspace, definition);
    const id = wanted.id ?? tx.ids.next();
    const commands = commandsOf(definition).map(({ command }) => command);
    await recordEnvironments(
      tx,
      wanted.workspace,
      commands.map(({ environment }) => environment),
    );
    const runTags = wanted.parent?.runTags ?? (wanted.code && tagsOf(wanted.code));
    const tags = textOf(definition.tags);
    const runId = definition.type === "pipeline" ? await startPipelineRun(tx, wanted, id, definition, runTags) : null;
    const executionId = await createExecution(tx, {
      workspace: wanted.workspace,
      kind: "job",
      subject: id,
      tasks: tasksOf(definition, await placing(tx, wanted.workspace, commands)),
      priority: definition.priority,
      continueOnFailure: definition.continueOnStepFailure,
      timeoutSeconds: timeOf(definition) ?? undefined,
      partOf: wanted.parent?.execution,
    });
    await store.insertJob(tx.db, {
      id,
      workspace: wanted.workspace,
      name: definition.name ?? id,
      display_name: definition.displayName,
      type: definition.type,
      experiment: definition.experiment,
      state: "queued",
      error: null,
      trigger: wanted.trigger,
      run_id: runId,
      execution_id: executionId,
      definition: JSON.stringify(definition),
      registered: "[]",
      idempotency_key: wanted.idempotencyKey ?? null,
      created_at: tx.clock.now(),
      started_at: null,
      ended_at: null,
      created_by_id: tx.actor.id,
      created_by_name: tx.actor.name,
      written_by_id: wanted.writtenBy ?? null,
      origin_job_id: wanted.origin?.jobId ?? null,
      relation: wanted.origin?.relation ?? null,
      origin_step: wanted.origin?.step ?? null,
      recovers: wanted.origin ? JSON.stringify(wanted.origin.recovers) : null,
      archived_at: null,
      deleted_at: null,
      purging: 0,
      parent_job_id: wanted.parent?.jobId ?? null,
      parent_step: wanted.parent?.step ?? null,
      parent_run_id: wanted.parent?.runId ?? null,
      run_tags: runTags ? JSON.stringify(runTags) : null,
      tags,
      description: definition.description,
    });
    await insertTags(tx.db, { id, workspace: wanted.workspace, parent_job_id: wanted.parent?.jobId ?? null, tags });
    if (wanted.code) await insertSnapshot(tx.db, id, wanted.code);
    if (!wanted.parent)
      record(tx, {
        workspace: wanted.workspace,
        type: "job.created",
        subject: `job/${id}`,
        data: {
          displayName: definition.displayName,
          trigger: wanted.trigger,
          ...(wanted.origin ? { relation: wanted.origin.relation, originJobId: wanted.origin.jobId } : {}),
        },
      });
    return jobOf(await store.getJobRow(tx.db, id));
  });
}

function startPipelineRun(
  tx: Ctx,
  { workspace, parent }: Submission,
  jobId: string,
  definition: JobDefinition,
  runTags: Record<string, string> | undefined,
): Promise<string> {
  return createRun(tx, {
    workspace,
    experiment: definition.experiment,
    name: definition.displayName,
    user: tx.actor.name,
    jobId,
    parentRunId: parent?.runId ?? null,
    tags: { ...definition.tags, ...runTags },
  });
}

/** The definition of a job that is described in one of two ways: itself, or Azure ML YAML in a stored tree. */
export async function readBody(
  ctx: Ctx,
  workspace: string,
  { definition: given, source }: Pick<JobBody, "definition" | "source">,
): Promise<JobDefinition> {
  if (given && !source) return given;
  if (given || !source) throw invalid("A job is either a definition or a source: give exactly one of them.");
  const { definition, issues } = await translateSource(ctx, workspace, source);
  if (!definition) throw invalid(`${source.file} is not a valid job.`, { issues });
  return definition;
}

/** Submits Azure ML YAML that lies in a stored tree. */
export async function submitSource(ctx: Ctx, wanted: Submission & { source: JobSource }): Promise<Job> {
  return submitJob(ctx, { ...wanted, definition: await readBody(ctx, wanted.workspace, wanted) });
}

/** Checks a job without running it; a file may also be of another kind of the language. */
export async function validate(
  ctx: Ctx,
  workspace: string,
  wanted: JobSource | { definition: JobDefinition },
  options: CheckOptions = { readsCode: true },
): Promise<z.output<typeof validationSchema>> {
  const isDefinition = "definition" in wanted;
  const found = isDefinition
    ? { definition: wanted.definition, kind: "a job", asset: null, issues: [], warnings: [] }
    : await checkSource(ctx, workspace, wanted, options);
  const { definition, issues } = found;
  if (!definition) return { ...found, valid: issues.length === 0 };
  try {
    checkDefinition(definition);
    await requireSecrets(ctx, workspace, await pinDefinition(ctx, workspace, definition));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const at = isDefinition ? "definition" : wanted.file;
    return {
      ...found,
      valid: false,
      issues: [...issues, ...(error.issues ?? [{ at, message: error.message, hint: error.hint }])],
    };
  }
  return { ...found, valid: true };
}

/**
 * What is gone on with stays, with the job that it is part of. The row of that is taken, so that a purge sees this job,
 * or this job that it was deleted.
 */
async function holdOrigin(tx: Ctx, workspace: string, { jobId }: JobOrigin): Promise<void> {
  const { id } = await store.findOutermost(tx, workspace, jobId);
  const { deleted_at } = await store.takeJob(tx, workspace, id);
  if (deleted_at === null) return;
  throw conflict(`Job ${id} is deleted.`, `Restore it first: \`trainyard job restore ${id}\`.`);
}
