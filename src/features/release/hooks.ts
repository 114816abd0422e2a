import { Problem } from "../../contract/errors.ts";
import type { Manifest } from "../../contract/release.ts";
import type { Execution, ExecutionHooks, Prepared, Task, TaskState } from "../../engine/index.ts";
import { type Ctx, systemActor } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { policyOf } from "./approval.ts";
import { bringUp, deploymentName, takeOver } from "./deploy.ts";
import { awaitModels, gatherFacts, judge } from "./gates.ts";
import type { CheckResult } from "./store.ts";
import * as store from "./store.ts";

/** Parts of a stage, each a task `<STAGE>.<part>`. */
export const parts = ["checks", "approval", "deploy"] as const;
type Part = (typeof parts)[number];

const keyOf = (execution: Execution, task: Task) => {
  const at = task.name.lastIndexOf(".");
  return {
    key: { workspace: execution.workspace, release: Number(execution.subject), stage: task.name.slice(0, at) },
    part: task.name.slice(at + 1) as Part,
  };
};

/** How releases take part in the engine. */
export const releaseHooks: ExecutionHooks = {
  kind: "release",

  async prepare(tx, execution, task) {
    const { key, part } = keyOf(execution, task);
    if (part === "approval") return prepareApproval(tx, key);
    const state = part === "checks" ? "checking" : "deploying";
    const started = part === "checks" ? { started_at: tx.clock.now() } : {};
    await store.updateStage(tx.db, key, { state, ...started });
    await store.updateRelease(tx.db, key.workspace, key.release, { state: "running" });
    return { do: "queue", payload: null };
  },

  async run(ctx, execution, task, signal) {
    const { key, part } = keyOf(execution, task);
    const row = await store.getStageRow(ctx.db, key);
    if (part === "checks") return runGates(ctx, key, row, signal);
    const { build, manifest } = await store.getRow(ctx.db, key.workspace, key.release);
    const model = (JSON.parse(manifest) as Manifest).models[0]!;
    ctx.log.info("deploying", { release: key.release, stage: key.stage, build });
    return bringUp(ctx, { ...key, stage: store.definitionOf(row), model }, signal);
  },

  async accept(tx, execution, task, result) {
    const { key, part } = keyOf(execution, task);
    if (part !== "deploy") return result;
    const row = await store.getStageRow(tx.db, key);
    const { manifest } = await store.getRow(tx.db, key.workspace, key.release);
    const model = (JSON.parse(manifest) as Manifest).models[0]!;
    await takeOver(tx, { ...key, stage: store.definitionOf(row), model });
    await store.updateStage(tx.db, key, {
      state: "succeeded",
      deployment: deploymentName(key.release),
      results: store.mergeResults(row, result as CheckResult[]),
      ended_at: tx.clock.now(),
    });
    return result;
  },

  async onTaskEnd(tx, execution, task) {
    const { key, part } = keyOf(execution, task);
    if (task.state === "succeeded" || task.state === "reused") return;
    const row = await store.getStageRow(tx.db, key);
    if (row.ended_at !== null) return;
    const state = stateAfter(task.state, part);
    await store.updateStage(tx.db, key, { state, error: task.error, ended_at: tx.clock.now() });
  },

  onWaitEnd: async (tx, execution, task) => {
    const { key } = keyOf(execution, task);
    const { timeoutHours } = policyOf(store.definitionOf(await store.getStageRow(tx.db, key)));
    return { do: "fail", error: `nobody decided within ${timeoutHours} hours` };
  },

  async onEnd(tx, execution, tasks) {
    const { workspace } = execution;
    const number = Number(execution.subject);
    const rejected = tasks.some((task) => task.state === "failed" && task.name.endsWith(".approval"));
    const state = rejected ? "rejected" : execution.state;
    await store.updateRelease(tx.db, workspace, number, { state, ended_at: tx.clock.now() });
    const { trigger, build } = await store.getRow(tx.db, workspace, number);
    record(tx, {
      workspace,
      type: state === "rejected" ? "release.ended-rejected" : `release.${state}`,
      subject: `release/${number}`,
      actor: systemActor,
      data: { trigger, build, error: execution.error },
    });
  },
};

const stateAfter = (state: TaskState, part: Part): string =>
  state === "failed" ? (part === "approval" ? "rejected" : "failed") : state;

type Key = { workspace: string; release: number; stage: string };

/** A stage that asks for an approval waits; so does one with a gate that could not be decided. Others go on. */
async function prepareApproval(tx: Ctx, key: Key): Promise<Prepared> {
  const row = await store.getStageRow(tx.db, key);
  const stage = store.definitionOf(row);
  const results = JSON.parse(row.results) as CheckResult[];
  const asks = stage.checks.some((check) => check.type === "approval");
  const doubtful = results.filter((result) => result.verdict === "inconclusive");
  if (!asks && doubtful.length === 0) return { do: "settle", state: "succeeded", result: null };
  const policy = policyOf(stage);
  await store.updateStage(tx.db, key, { state: "waiting" });
  await store.updateRelease(tx.db, key.workspace, key.release, { state: "waiting" });
  record(tx, {
    workspace: key.workspace,
    type: "release.waiting",
    subject: `release/${key.release}`,
    actor: systemActor,
    data: {
      stage: key.stage,
      approvers: policy.approvers,
      minimum: policy.minimum,
      inconclusive: doubtful.map((result) => result.detail),
    },
  });
  return { do: "wait", until: tx.clock.now() + policy.timeoutHours * 3_600_000 };
}

/** Judges every gate and keeps what they said, also when one of them says no. */
async function runGates(
  ctx: Ctx,
  key: Key,
  row: Awaited<ReturnType<typeof store.getStageRow>>,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const { build } = await store.getRow(ctx.db, key.workspace, key.release);
  await awaitModels(ctx, key.workspace, build, signal);
  const facts = await gatherFacts(ctx, key.workspace, build);
  const results: CheckResult[] = [];
  for (const check of store.definitionOf(row).checks) {
    const verdict = judge(check, facts);
    if (verdict) results.push({ type: check.type, ...verdict, at: ctx.clock.now() });
  }
  await transaction(ctx, async (tx) => {
    const now = await store.getStageRow(tx.db, key);
    await store.updateStage(tx.db, key, { results: store.mergeResults(now, results) });
  });
  const failed = results.find((result) => result.verdict === "fail");
  if (failed) throw new Problem("precondition_failed", `Gate ${failed.type}: ${failed.detail}.`);
  return results;
}
