import { conflict, Problem } from "../../contract/errors.ts";
import type { GateStep } from "../../contract/job.ts";
import type { Prepared } from "../../engine/index.ts";
import { type Ctx, systemActor } from "../../platform/context.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import type { DecisionTable } from "./decision-schema.ts";
import type { ResolvedInput } from "./key.ts";
import type { JobTable } from "./schema.ts";

/** What an open gate shows to those who decide, kept as the result of the waiting task. */
export interface OpenGate {
  inputs: Record<string, ResolvedInput>;
  /** sha256 of what is decided on: decisions sign it. */
  digest: string;
  /** When its time is over; null: never. */
  until: number | null;
}

/** The gate waits from now on. */
export function openGate(
  tx: Ctx,
  row: JobTable,
  name: string,
  gate: GateStep,
  inputs: Record<string, ResolvedInput>,
): Prepared {
  const digest = sha256(canonicalJson({ schema: 1, job: row.id, step: name, inputs }));
  if (gate.passes) {
    const open: OpenGate = { inputs, digest, until: null };
    return { do: "settle", state: "succeeded", result: { ...open, outputs: {} } };
  }
  const until = gate.timeoutSeconds === null ? null : tx.clock.now() + gate.timeoutSeconds * 1000;
  record(tx, {
    workspace: row.workspace,
    type: "job.gate.waiting",
    subject: `job/${row.id}`,
    actor: systemActor,
    data: { step: name, message: gate.message, approvers: gate.approvers, quorum: gate.quorum, digest, until },
  });
  return { do: "wait", until: until ?? undefined, result: { inputs, digest, until } satisfies OpenGate };
}

/** Nobody decided in time. */
export function closeGate(tx: Ctx, row: JobTable, name: string, gate: GateStep): Prepared {
  const because = `too few decided within ${gate.timeoutSeconds} seconds`;
  const data = { step: name, outcome: gate.onTimeout };
  const subject = `job/${row.id}`;
  record(tx, { workspace: row.workspace, type: "job.gate.timed-out", subject, actor: systemActor, data });
  return gate.onTimeout === "skip" ? { do: "skip", because } : { do: "fail", error: because };
}

interface Asked {
  step: string;
  gate: GateStep;
  waiting: boolean;
  /** When its time is over; null: never. */
  until: number | null;
  /** Who submitted the job, and who published the pipeline that it is. */
  submitters: (string | null)[];
}

/** Why a decision of this person does not count; undefined when it does. */
export function refusal(
  { step, gate, waiting, until, submitters }: Asked,
  { actor, clock }: Pick<Ctx, "actor" | "clock">,
  earlier: DecisionTable[],
) {
  if (!waiting) return conflict(`Step ${step} does not wait for a decision.`);
  // It closes when the engine comes to it, which after a crash may be a while later.
  if (until !== null && until <= clock.now()) return conflict(`The time to decide on step ${step} is over.`);
  if (gate.excludeSubmitter && submitters.includes(actor.id)) {
    const done = actor.id === submitters[0] ? "submitted this job" : "published the pipeline that this job is";
    return new Problem("forbidden", `You ${done}, so you may not decide on it.`, {
      hint: "Ask somebody else who may approve.",
    });
  }
  if (gate.approvers.length > 0 && !gate.approvers.includes(actor.name)) {
    return new Problem("forbidden", `Step ${step} is decided on by ${gate.approvers.join(", ")}.`);
  }
  if (earlier.some((decision) => decision.user_id === actor.id)) {
    return conflict(`You have decided on step ${step} already.`);
  }
  return undefined;
}
