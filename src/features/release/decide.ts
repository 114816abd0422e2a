import type { Release } from "../../contract/release.ts";
import { holdExecution, settleTask } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { checkDecision, policyOf } from "./approval.ts";
import { getRelease } from "./service.ts";
import * as store from "./store.ts";

interface Decision {
  workspace: string;
  number: number;
  stage: string;
  comment: string;
  manifestDigest: string;
  decision: "approve" | "reject";
}

/** A person's word on a release for a stage. It signs the manifest's digest; with enough of them the release goes on. */
export async function decide(ctx: Ctx, given: Decision): Promise<Release> {
  return transaction(ctx, async (tx) => {
    const { workspace, number, stage, decision, comment, manifestDigest } = given;
    const release = await store.getRow(tx.db, workspace, number);
    // Two who decide at once must see each other's decision.
    await holdExecution(tx, release.execution_id);
    const row = await store.getStageRow(tx.db, { workspace, release: number, stage });
    const earlier = await store.listDecisions(tx.db, workspace, number, stage);
    const policy = policyOf(store.definitionOf(row));
    checkDecision(
      policy,
      {
        ...{ number, stage },
        waiting: row.state === "waiting",
        requester: release.created_by_id,
        manifestDigest: release.manifest_digest,
      },
      { actor: tx.actor, manifestDigest },
      earlier,
    );
    await tx.db
      .insertInto("release_decision")
      .values({
        ...{ workspace, release: number, stage, decision, comment, manifest_digest: manifestDigest },
        user_id: tx.actor.id,
        user_name: tx.actor.name,
        at: tx.clock.now(),
      })
      .execute();
    record(tx, {
      workspace,
      type: decision === "approve" ? "release.approved" : "release.rejected",
      subject: `release/${number}`,
      reason: comment,
      data: { stage, manifestDigest },
    });
    const approvals = earlier.filter((it) => it.decision === "approve").length + 1;
    const task = `${stage}.approval`;
    if (decision === "reject") {
      const error = `rejected by ${tx.actor.name}${comment ? `: ${comment}` : ""}`;
      await settleTask(tx, release.execution_id, task, { state: "failed", error });
      await store.updateStage(
        tx.db,
        { workspace, release: number, stage },
        { state: "rejected", error, ended_at: tx.clock.now() },
      );
    } else if (approvals >= policy.minimum) {
      await settleTask(tx, release.execution_id, task, { state: "succeeded" });
      const passed = {
        type: "approval",
        verdict: "pass" as const,
        detail: `${approvals} of ${policy.minimum}`,
        at: tx.clock.now(),
      };
      await store.updateStage(
        tx.db,
        { workspace, release: number, stage },
        { state: "deploying", results: store.mergeResults(row, [passed]) },
      );
      await store.updateRelease(tx.db, workspace, number, { state: "running" });
    }
    return getRelease(tx, workspace, number);
  });
}
