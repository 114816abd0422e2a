import { Problem } from "../../../contract/errors.ts";
import type { Child } from "../../../contract/fan-out.ts";
import type { JobDefinition, StepView, SweepStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { importanceOf } from "../../sweep/index.ts";
import { findHead, findJob } from "../store.ts";
import type { JobChildTable } from "./schema.ts";
import * as store from "./store.ts";
import { bestTrial } from "./sweep.ts";

type Counts = NonNullable<StepView["children"]>;

const childOf = (row: JobChildTable): Child => ({
  number: row.number,
  jobId: row.child_id,
  runId: row.run_id,
  state: row.state,
  given: JSON.parse(row.given) as Child["given"],
  metric: row.metric,
  steps: row.steps === null ? null : { done: row.steps, reused: row.steps_reused ?? 0 },
  note: row.note,
  createdAt: row.created_at,
  endedAt: row.ended_at,
});

/** How many jobs each step of a job has started, by state. */
export async function countsOf(ctx: Ctx, jobId: string): Promise<Map<string, Counts>> {
  const fans = await store.listFans(ctx.db, jobId);
  return new Map(
    fans.map(({ step, total, running, succeeded, failed, cancelled, stopped, reused }) => [
      step,
      { total, running, succeeded, failed, cancelled, stopped, reused },
    ]),
  );
}

export async function listChildren(
  ctx: Ctx,
  at: { workspace: string; id: string; step: string },
  page: { after: number; limit: number; state?: Child["state"] | undefined },
): Promise<{ items: Child[]; next?: number }> {
  const { id } = await findHead(ctx, at.workspace, at.id);
  const rows = await store.pageChildren(ctx.db, id, at.step, { ...page, limit: page.limit + 1 });
  const items = rows.slice(0, page.limit).map(childOf);
  return { items, next: rows.length > page.limit ? items.at(-1)?.number : undefined };
}

export async function getSweep(ctx: Ctx, at: { workspace: string; id: string; step: string }) {
  const row = await findJob(ctx, at.workspace, at.id);
  const definition = JSON.parse(row.definition) as JobDefinition;
  const step = sweepOf(definition, at);
  const children = await store.listChildren(ctx.db, row.id, at.step);
  const best = bestTrial(step.objective.goal, children);
  const results = children.flatMap(({ given, metric }) =>
    metric === null ? [] : [{ values: JSON.parse(given) as Record<string, string | number | boolean>, metric }],
  );
  const none = { total: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, stopped: 0, reused: 0 };
  return {
    objective: step.objective,
    counts: (await countsOf(ctx, row.id)).get(at.step) ?? none,
    best: best ? childOf(best) : null,
    importance: importanceOf(results),
  };
}

function sweepOf(definition: JobDefinition, { id, step: name }: { id: string; step: string }): SweepStep {
  const step = Object.hasOwn(definition.steps, name) ? definition.steps[name] : undefined;
  if (step?.type === "sweep") return step;
  const sweeps = Object.entries(definition.steps).flatMap(([other, { type }]) => (type === "sweep" ? [other] : []));
  throw new Problem("not_found", `Job ${id} has no sweep "${name}".`, {
    hint: sweeps.length > 0 ? `Its sweeps: ${sweeps.join(", ")}.` : "None of its steps is a sweep.",
  });
}
