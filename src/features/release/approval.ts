import { conflict, Problem } from "../../contract/errors.ts";
import type { Check } from "../../contract/stage.ts";
import type { Actor } from "../../platform/context.ts";
import type { DecisionTable } from "./schema.ts";
import type { StageDefinition } from "./store.ts";

export type ApprovalPolicy = Extract<Check, { type: "approval" }>;

/** Who decides when a gate could not: anybody who may approve, but not the requester. */
const whenInconclusive: ApprovalPolicy = {
  type: "approval",
  approvers: [],
  minimum: 1,
  requesterMayApprove: false,
  timeoutHours: 720,
  instructions: "A check could not be decided by the program.",
};

export const policyOf = (stage: StageDefinition): ApprovalPolicy =>
  stage.checks.find((check) => check.type === "approval") ?? whenInconclusive;

interface Asked {
  number: number;
  stage: string;
  waiting: boolean;
  requester: string;
  manifestDigest: string;
}

/** Refuses a decision that does not count, and says why. */
export function checkDecision(
  policy: ApprovalPolicy,
  asked: Asked,
  given: { actor: Actor; manifestDigest: string },
  earlier: DecisionTable[],
): void {
  if (given.manifestDigest !== asked.manifestDigest) {
    throw new Problem("conflict", `Release ${asked.number} has another manifest than the one you decided on.`, {
      hint: "Look at the release again, then decide on what it is now.",
    });
  }
  if (!asked.waiting) throw conflict(`Release ${asked.number} does not wait for a decision at stage ${asked.stage}.`);
  if (given.actor.id === asked.requester && !policy.requesterMayApprove) {
    throw new Problem("forbidden", "You requested this release, so you may not decide on it.", {
      hint: "Ask somebody else who may approve.",
    });
  }
  if (policy.approvers.length > 0 && !policy.approvers.includes(given.actor.name)) {
    throw new Problem("forbidden", `Stage ${asked.stage} is decided on by ${policy.approvers.join(", ")}.`);
  }
  if (earlier.some((decision) => decision.user_id === given.actor.id)) {
    throw conflict(`You have decided on release ${asked.number} for stage ${asked.stage} already.`);
  }
}
