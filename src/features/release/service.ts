import { conflict, invalid } from "../../contract/errors.ts";
import type { Manifest, Release } from "../../contract/release.ts";
import { createExecution, requestCancel, type TaskDefinition } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { putBlob } from "../blob/index.ts";
import { getBuild, lockNumbers, nextNumber } from "../build/index.ts";
import { listStages } from "../stage/index.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { parts } from "./hooks.ts";
import { composeManifest } from "./manifest.ts";
import * as store from "./store.ts";

const mostReleases = 50;

export interface NewRelease {
  workspace: string;
  build: number;
  monitors: string[];
  trigger: string;
  idempotencyKey?: string;
}

/** Starts the way of a build through the stages. What it consists of is fixed now, by digest. */
export async function createRelease(ctx: Ctx, wanted: NewRelease): Promise<Release> {
  return transaction(ctx, async (tx) => {
    const { workspace } = wanted;
    await requireWorkspace(tx, workspace);
    await lockNumbers(tx, workspace, "release");
    const again = wanted.idempotencyKey && (await store.findByKey(tx.db, workspace, wanted.idempotencyKey));
    if (again) return getRelease(tx, workspace, again.number);
    const build = await getBuild(tx, workspace, wanted.build);
    if (build.state !== "succeeded") {
      throw conflict(
        `Build ${build.number} ${build.state === "failed" ? "failed" : `is ${build.state}`}; only a build that succeeded is released.`,
      );
    }
    if (build.models.length !== 1) {
      throw invalid(`Build ${build.number} packages ${build.models.length} models; a release deploys exactly one.`, {
        hint: "Make the build with --model name:version.",
      });
    }
    const stages = (await listStages(tx, workspace)).map(({ name, endpoint, alias, checks }) => ({
      name,
      endpoint,
      alias,
      checks,
    }));
    if (stages.length === 0) {
      throw conflict("There is no stage to release to.", "Describe them: `trainyard stage create -f stages.yml`.");
    }
    const text = canonicalJson(await composeManifest(tx, workspace, build, { monitors: wanted.monitors, stages }));
    const { digest } = await putBlob(tx, workspace, text);
    const number = await nextNumber(tx, workspace, "release");
    const executionId = await createExecution(tx, {
      ...{ workspace, kind: "release", subject: String(number) },
      tasks: tasksOf(stages.map((stage) => stage.name)),
    });
    await tx.db
      .insertInto("release")
      .values({
        ...{ workspace, number, state: "running", build: build.number, trigger: wanted.trigger },
        manifest: text,
        manifest_digest: digest,
        execution_id: executionId,
        idempotency_key: wanted.idempotencyKey ?? null,
        created_at: tx.clock.now(),
        ended_at: null,
        created_by_id: tx.actor.id,
        created_by_name: tx.actor.name,
      })
      .execute();
    await tx.db
      .insertInto("release_stage")
      .values(
        stages.map((stage, position) => ({
          ...{ workspace, release: number, stage: stage.name, position, state: "pending" },
          definition: JSON.stringify(stage),
          results: JSON.stringify(stage.checks.map(({ type }) => ({ type, verdict: null, detail: "", at: null }))),
          ...{ deployment: null, error: null, started_at: null, ended_at: null },
        })),
      )
      .execute();
    record(tx, {
      workspace,
      type: "release.created",
      subject: `release/${number}`,
      data: { build: build.number, manifestDigest: digest, trigger: wanted.trigger },
    });
    return getRelease(tx, workspace, number);
  });
}

/** Stage after stage: gates, then people, then deployment with its smoke test. */
function tasksOf(stages: string[]): TaskDefinition[] {
  const tasks: TaskDefinition[] = [];
  for (const stage of stages) {
    for (const part of parts) {
      const before = tasks.at(-1);
      tasks.push({
        name: `${stage}.${part}`,
        needs: before ? [before.name] : [],
        kind: part === "approval" ? "approval" : `system.release-${part}`,
        retry: { maxRetries: part === "deploy" ? 1 : 0 },
        timeoutSeconds: 600,
      });
    }
  }
  return tasks;
}

export async function getRelease(
  ctx: Ctx,
  workspace: string,
  number: number,
): Promise<Release & { manifest: Manifest }> {
  const row = await store.getRow(ctx.db, workspace, number);
  const [release] = await store.releasesOf(ctx.db, [row]);
  return { ...release!, manifest: JSON.parse(row.manifest) as Manifest };
}

export async function listReleases(
  ctx: Ctx,
  workspace: string,
  query: { limit: number; after?: number },
): Promise<{ items: Release[]; next?: string }> {
  const rows = await store.listRows(ctx.db, workspace, query.limit + 1, query.after);
  const items = await store.releasesOf(ctx.db, rows.slice(0, query.limit));
  return { items, next: rows.length > query.limit ? String(items.at(-1)!.number) : undefined };
}

/** The newest releases of some builds. */
export async function releasesOfBuilds(ctx: Ctx, workspace: string, builds: number[]): Promise<Release[]> {
  return store.releasesOf(ctx.db, await store.listRowsOfBuilds(ctx.db, workspace, builds, mostReleases));
}

/** Stops a release; what it has deployed stays. */
export async function cancelRelease(ctx: Ctx, workspace: string, number: number, reason: string): Promise<Release> {
  return transaction(ctx, async (tx) => {
    const row = await store.getRow(tx.db, workspace, number);
    if (row.ended_at === null) {
      await requestCancel(tx, row.execution_id, reason || `cancelled by ${tx.actor.name}`);
      record(tx, { workspace, type: "release.cancel-requested", subject: `release/${number}`, reason });
    }
    return getRelease(tx, workspace, number);
  });
}
