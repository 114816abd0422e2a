import type { EnvironmentPayload } from "../../contract/agent.ts";
import type { JobDefinition, StepView } from "../../contract/job.ts";
import type { Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { whyTasksWait } from "../compute/index.ts";
import { earlierAttempts } from "./attempt.ts";
import { decisionsOf, gateOf } from "./decide.ts";
import { countsOf } from "./fan-out/index.ts";
import type { StepOutputs } from "./resolve.ts";
import { environmentReuse, reuseOf } from "./reuse-view.ts";
import type { JobStepTable, JobTable } from "./schema.ts";
import * as store from "./store.ts";
import { isTransfer, transferName } from "./transfer.ts";

/** What of a job's row the view of a step depends on. */
type JobHead = Omit<JobTable, "definition">;

/** Tasks of a job as its steps. */
export async function viewSteps(ctx: Ctx, row: JobHead, definition: JobDefinition, tasks: Task[]): Promise<StepView[]> {
  const [steps, decisions, children, waits] = await Promise.all([
    store.listSteps(
      ctx.db,
      row.id,
      tasks.map(({ name }) => name),
    ),
    decisionsOf(ctx, row.id),
    countsOf(ctx, row.id),
    whyTasksWait(ctx, { id: row.execution_id, workspace: row.workspace }, tasks),
  ]);
  const byName = new Map(steps.map((step) => [step.name, step]));
  const decisionsOn = Map.groupBy(decisions, ({ step }) => step);
  return tasks.map((task): StepView => {
    const step = definition.steps[task.name];
    const gate = step?.type === "gate" ? gateOf(ctx, row, task, step, decisionsOn.get(task.name) ?? []) : null;
    return {
      ...stepOf(task, byName.get(task.name), definition, waits),
      gate,
      children: children.get(task.name) ?? null,
    };
  });
}

function stepOf(
  task: Task,
  row: JobStepTable | undefined,
  definition: JobDefinition,
  waits: ReadonlyMap<string, string>,
): Omit<StepView, "gate" | "children"> {
  const ended = task.state === "succeeded" || task.state === "reused";
  const displayName =
    task.kind === "environment"
      ? `environment ${(task.input as EnvironmentPayload).name}`
      : isTransfer(task)
        ? transferName(task)
        : (definition.steps[task.name]?.displayName ?? task.name);
  return {
    name: task.name,
    kind: kindOf(task, definition),
    displayName,
    state: task.state,
    needs: task.needs,
    attempt: task.attempt,
    startedAt: task.startedAt,
    endedAt: task.endedAt,
    error: task.error,
    runId: row?.run_id ?? null,
    earlierAttempts: earlierAttempts(row?.earlier_attempts ?? null),
    reuse: reuseOf(row?.reuse ?? null) ?? environmentReuse(task),
    compute: task.compute,
    resources: task.resources,
    waitsFor: waits.get(task.name) ?? null,
    outputs: (ended && (task.result as StepOutputs | null)?.outputs) || {},
  };
}

/** What a step is called by what it does. */
export function kindOf(task: Task, definition: JobDefinition): StepView["kind"] {
  if (task.kind === "environment") return "environment";
  if (isTransfer(task)) return task.kind === "system.fetch" ? "fetch" : "store";
  return definition.steps[task.name]?.type ?? "command";
}
