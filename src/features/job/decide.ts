import { conflict, notFound } from "../../contract/errors.ts";
import type { GateStep, GateView, Job, JobDefinition } from "../../contract/job.ts";
import { getTask, holdExecution, settleTask, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { DecisionTable } from "./decision-schema.ts";
import { type OpenGate, refusal } from "./gate.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";

/** Approves or rejects at a gate. The quorum's last approval lets the job go on; one rejection ends the gate. */
export async function decide(
  ctx: Ctx,
  workspace: string,
  id: string,
  step: string,
  given: { verdict: "approve" | "reject"; comment: string },
): Promise<GateView> {
  return transaction(ctx, async (tx) => {
    const row = await store.findJob(tx, workspace, id);
    // Two who decide at once see each other's decision, and the gate does not close meanwhile.
    const execution = await holdExecution(tx, row.execution_id);
    const gate = (JSON.parse(row.definition) as JobDefinition).steps[step];
    if (gate?.type !== "gate") throw notFound("gate", step, `\`trainyard job show ${id}\` lists the steps of the job.`);
    const task = await getTask(tx, row.execution_id, step);
    const earlier = await decisionsOf(tx, row.id, step);
    const refused = refusal(askedOf(row, task, gate), tx, earlier);
    if (refused) throw refused;
    if (execution.cancelReason !== null) throw conflict(`Job ${id} is being stopped: ${execution.cancelReason}.`);
    const open = task.result as OpenGate;
    const decision: DecisionTable = {
      job_id: row.id,
      step,
      user_id: tx.actor.id,
      user_name: tx.actor.name,
      ...given,
      digest: open.digest,
      created_at: tx.clock.now(),
    };
    await tx.db.insertInto("job_decision").values(decision).execute();
    const approvals = earlier.filter(({ verdict }) => verdict === "approve").length + 1;
    const reached = given.verdict === "approve" && approvals >= gate.quorum;
    if (reached || given.verdict === "reject") {
      const said = given.comment ? `: ${given.comment}` : "";
      const outcome = reached
        ? { state: "succeeded" as const, result: { ...open, outputs: {} } }
        : { state: "failed" as const, result: open, error: `rejected by ${tx.actor.name}${said}` };
      if (!(await settleTask(tx, row.execution_id, step, outcome)))
        throw conflict(`Step ${step} does not wait for a decision.`);
    }
    record(tx, {
      workspace,
      type: given.verdict === "approve" ? "job.gate.approved" : "job.gate.rejected",
      subject: `job/${row.id}`,
      reason: given.comment,
      data: {
        step,
        digest: open.digest,
        approvals: reached || given.verdict === "approve" ? approvals : approvals - 1,
      },
    });
    return gateOf(tx, row, await getTask(tx, row.execution_id, step), gate, [...earlier, decision]);
  });
}

export const decisionsOf = (ctx: Ctx, id: string, step?: string): Promise<DecisionTable[]> => {
  const select = ctx.db.selectFrom("job_decision").selectAll().where("job_id", "=", id).orderBy("created_at");
  return (step === undefined ? select : select.where("step", "=", step)).execute();
};

const askedOf = (
  row: Pick<JobTable, "created_by_id" | "written_by_id">,
  { name, state, result }: Pick<Task, "name" | "state" | "result">,
  gate: GateStep,
) => ({
  ...{ step: name, gate, waiting: state === "waiting", submitters: [row.created_by_id, row.written_by_id] },
  until: (result as OpenGate | null)?.until ?? null,
});

const passed = "(Nobody was asked: the job ran on a sample.)";

/** A gate as a person sees it who asks. */
export function gateOf(
  ctx: Ctx,
  row: Pick<JobTable, "created_by_id" | "written_by_id">,
  task: Task,
  gate: GateStep,
  decisions: DecisionTable[],
): GateView {
  const open = task.result as OpenGate | null;
  const refused = refusal(askedOf(row, task, gate), ctx, decisions);
  return {
    message: gate.passes ? `${gate.message} ${passed}`.trim() : gate.message,
    approvers: gate.approvers,
    quorum: gate.quorum,
    excludeSubmitter: gate.excludeSubmitter,
    until: open?.until ?? null,
    digest: open?.digest ?? null,
    inputs: open?.inputs ?? {},
    decisions: decisions.map((decision) => ({
      by: { id: decision.user_id, name: decision.user_name },
      verdict: decision.verdict,
      comment: decision.comment,
      at: decision.created_at,
    })),
    refusal: refused?.message ?? null,
  };
}

export const openGates = (ctx: Ctx) =>
  ctx.db.selectFrom("task").where("task.kind", "=", "gate").where("task.state", "=", "waiting");

type WaitingJob = Omit<JobTable, "definition"> & { definition: string | JobDefinition };

/** At which gates jobs wait, and whether the one who asks may decide there. */
export async function waitingOf(ctx: Ctx, jobs: WaitingJob[]): Promise<Map<string, Job["waiting"]>> {
  const running = new Map(jobs.filter((job) => job.ended_at === null).map((job) => [job.execution_id, job]));
  if (running.size === 0) return new Map();
  const tasks = await openGates(ctx)
    .where("execution_id", "in", [...running.keys()])
    .select(["execution_id", "name", "result"])
    .execute();
  const waiting = new Map<string, Job["waiting"]>();
  for (const { execution_id, name, result } of tasks) {
    const job = running.get(execution_id)!;
    const { definition } = job;
    const { steps } = typeof definition === "string" ? (JSON.parse(definition) as JobDefinition) : definition;
    const gate = steps[name];
    if (gate?.type !== "gate") continue;
    const asked = askedOf(job, { name, state: "waiting", result: JSON.parse(result ?? "null") }, gate);
    const you = refusal(asked, ctx, await decisionsOf(ctx, job.id, name)) === undefined;
    waiting.set(job.id, [...(waiting.get(job.id) ?? []), { step: name, you }]);
  }
  return waiting;
}
