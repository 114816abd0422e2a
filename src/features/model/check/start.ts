import type { ModelFacts, ModelFinding } from "../../../contract/model-check.ts";
import { createExecution } from "../../../engine/index.ts";
import type { Ctx } from "../../../platform/context.ts";
import { ruleset } from "../../../platform/model-file/index.ts";
import type { VersionKey } from "../facts-store.ts";
import { ended } from "./end.ts";
import * as store from "./store.ts";
import { type Decision, verdictOf } from "./verdict.ts";

export const noFacts: ModelFacts = { signature: null, inputs: [], outputs: [], inputExample: null };

/**
 * Checks a version's files: a task for a process of its own. Files that were checked already by the same rules keep
 * their verdict, unless `anew`; a release is for one version and does not pass on.
 */
export async function startCheck(tx: Ctx, key: VersionKey, digest: string, anew = false): Promise<void> {
  const known = await store.findCheck(tx.db, key);
  if (known?.state === "checking") return;
  const decision = known?.decision ?? null;
  const same = anew ? undefined : await store.findSameFiles(tx.db, key.workspace, digest, ruleset);
  if (same) {
    const findings = JSON.parse(same.findings) as ModelFinding[];
    const state = verdictOf(findings, decision === null ? null : (JSON.parse(decision) as Decision));
    await store.putCheck(tx.db, { ...same, ...key, state, decision, execution_id: null, checked_at: tx.clock.now() });
    return ended(tx, key, state, findings);
  }
  const executionId = await createExecution(tx, {
    workspace: key.workspace,
    kind: "model-check",
    subject: `${key.name}/${key.version}`,
    tasks: [{ name: "check", needs: [], kind: "system.model-check" }],
  });
  await store.putCheck(tx.db, {
    ...key,
    state: "checking",
    ruleset: known?.ruleset ?? 0,
    findings: known?.findings ?? "[]",
    facts: known?.facts ?? JSON.stringify(noFacts),
    execution_id: executionId,
    checked_at: known?.checked_at ?? null,
    decision,
  });
}
