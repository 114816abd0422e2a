import type { ModelFacts, ModelFinding } from "../../../contract/model-check.ts";
import type { Execution, ExecutionHooks } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { found, type ModelReport, ruleset } from "../../../platform/model-file/index.ts";
import { findVersion } from "../store.ts";
import { ended } from "./end.ts";
import { noFacts } from "./start.ts";
import * as store from "./store.ts";
import { checkTree } from "./tree.ts";
import { type Decision, verdictOf } from "./verdict.ts";

/** The check of a model version: an execution with one task. A check that fails leaves the version in quarantine. */
export const modelCheckHooks: ExecutionHooks = {
  kind: "model-check",
  prepare: async () => ({ do: "queue", payload: null }),
  run: (ctx, execution, _task, signal) => checkVersion(ctx, execution, signal),
  accept: async (tx, execution, _task, result) => {
    const { findings, facts } = result as ModelReport;
    await decide(tx, execution, findings, facts);
    return { findings: findings.length };
  },
  onEnd: async (tx, execution) => {
    if (execution.state === "succeeded") return;
    const why = execution.error ?? execution.cancelReason ?? "The check did not end.";
    await decide(tx, execution, [found("unreadable", "", `The check failed: ${why}`)], noFacts);
  },
};

async function checkVersion(ctx: Ctx, execution: Execution, signal: AbortSignal): Promise<ModelReport> {
  const check = await store.findCheckByExecution(ctx.db, execution.id);
  const version = check && (await findVersion(ctx.db, check.workspace, check.name, check.version));
  if (!version?.digest) return { findings: [], facts: noFacts };
  return checkTree(ctx, version.workspace, version.digest, signal);
}

/** Nothing happens when the version, or this check of it, is not there any more. */
async function decide(tx: Ctx, execution: Execution, findings: ModelFinding[], facts: ModelFacts): Promise<void> {
  const row = await store.findCheckByExecution(tx.db, execution.id);
  if (!row) return;
  const state = verdictOf(findings, row.decision === null ? null : (JSON.parse(row.decision) as Decision));
  const done = await store.endCheck(tx.db, execution.id, {
    state,
    ruleset,
    findings: JSON.stringify(findings),
    facts: JSON.stringify(facts),
    checked_at: tx.clock.now(),
  });
  if (done) ended(tx, row, state, findings);
}
