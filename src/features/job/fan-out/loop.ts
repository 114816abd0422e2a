import type { ForeachStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { createTree, readTree, sizeOf } from "../../blob/index.ts";
import type { ResolvedInput } from "../key.ts";
import type { StepOutputs } from "../resolve.ts";
import type { Next, Standing, Start } from "./advance.ts";
import { type Item, itemDefinition } from "./child.ts";
import type { JobChildTable } from "./schema.ts";

/** What a loop does next. */
export async function nextOfLoop(ctx: Ctx, standing: Standing<ForeachStep>): Promise<Next> {
  const { definition, name, step, fan, children } = standing;
  const running = children.filter(({ state }) => state === "running");
  const failed = children.filter(({ state }) => state !== "running" && state !== "succeeded");
  if (failed.length > step.maxFailures) {
    const why = `${failed.length} of ${fan.total} items failed; ${step.maxFailures} may`;
    if (running.length > 0) return { start: [], stop: new Map(running.map(({ number }) => [number, why])) };
    const first = failed.find(({ state }) => state === "failed") ?? failed[0]!;
    return { start: [], end: { error: `${why}. Item ${first.number}: ${first.note ?? first.state}` } };
  }
  const items = JSON.parse(fan.items!) as Item[];
  const inputs = JSON.parse(fan.inputs) as Record<string, ResolvedInput>;
  const start: Start[] = [];
  for (let number = children.length; number < items.length; number++) {
    if (running.length + start.length >= step.maxConcurrent) break;
    const item = items[number]!;
    start.push({ number, given: item, definition: itemDefinition(definition, name, step, inputs, { number, item }) });
  }
  if (running.length > 0 || start.length > 0) return { start };
  return { start: [], end: { result: await gather(ctx, standing), runId: fan.run_id } };
}

/** Each output is a folder with a folder for each item, named by its number. */
async function gather(ctx: Ctx, { row, step, fan, children }: Standing<ForeachStep>): Promise<StepOutputs> {
  const digits = String(Math.max(fan.total - 1, 0)).length;
  const outputs: StepOutputs["outputs"] = {};
  for (const name of Object.keys(step.outputs)) {
    const files: Awaited<ReturnType<typeof readTree>> = [];
    for (const child of children) {
      const tree = outputOf(child, name);
      if (!tree) continue;
      const folder = String(child.number).padStart(digits, "0");
      for (const file of await readTree(ctx, row.workspace, tree))
        files.push({ ...file, path: `${folder}/${file.path}` });
    }
    outputs[name] = {
      digest: await createTree(ctx, row.workspace, { files }),
      files: files.length,
      size: sizeOf(files),
    };
  }
  return { outputs };
}

function outputOf({ state, outputs }: JobChildTable, name: string): string | undefined {
  if (state !== "succeeded" || !outputs) return undefined;
  return (JSON.parse(outputs) as StepOutputs["outputs"])[name]?.digest;
}
