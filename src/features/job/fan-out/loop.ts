import type { ForeachStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import { createTree, readTree, sizeOf } from "../../blob/index.ts";
import type { ResolvedInput } from "../key.ts";
import type { StepOutputs } from "../resolve.ts";
import { type Item, itemDefinition } from "./child.ts";
import { itemsAt } from "./items.ts";
import { mostStarts, type Next, type Standing, type Start } from "./next.ts";
import * as store from "./store.ts";

/** What a loop does next. */
export async function nextOfLoop(ctx: Ctx, standing: Standing<ForeachStep>): Promise<Next> {
  const { row, name, step, fan } = standing;
  const failed = fan.failed + fan.cancelled + fan.stopped;
  if (failed > step.maxFailures) {
    const why = `${failed} of ${fan.total} items failed; ${step.maxFailures} may`;
    if (fan.running > 0) return { start: [], stop: why };
    const first = (await store.firstFailed(ctx.db, row.id, name))!;
    const item = describeItem(JSON.parse(first.given));
    return { start: [], end: { error: `${why}. Item ${first.number} (${item}): ${first.note ?? first.state}` } };
  }
  const start = await nextItems(ctx, standing);
  if (fan.running > 0 || start.length > 0) return { start };
  return { start, end: { result: await gather(ctx, standing), runId: fan.run_id } };
}

const mostOfItem = 80;

/** `north`, or `region: north, year: 2024`; cut off where it gets long. */
function describeItem(item: Item): string {
  const text =
    typeof item === "object"
      ? Object.entries(item)
          .map(([field, value]) => `${field}: ${value}`)
          .join(", ")
      : String(item);
  return text.length > mostOfItem ? `${text.slice(0, mostOfItem)}…` : text;
}

async function nextItems(ctx: Ctx, { definition, name, step, fan }: Standing<ForeachStep>): Promise<Start[]> {
  const count = Math.min(step.maxConcurrent - fan.running, fan.total - fan.started, mostStarts);
  if (count <= 0) return [];
  const inputs = JSON.parse(fan.inputs) as Record<string, ResolvedInput>;
  const numbers = await store.freeNumbers(ctx.db, fan, count);
  const items = await itemsAt(ctx.db, fan, numbers);
  return numbers.map((number) => {
    const item = items.get(number)!;
    return { number, given: item, definition: itemDefinition(definition, name, step, inputs, { number, item }) };
  });
}

/** Each output is a folder with a folder for each item, named by its number. */
async function gather(ctx: Ctx, { row, name: loop, step, fan }: Standing<ForeachStep>): Promise<StepOutputs> {
  const digits = String(Math.max(fan.total - 1, 0)).length;
  const outputs: StepOutputs["outputs"] = {};
  const names = Object.keys(step.outputs);
  if (names.length === 0) return { outputs };
  const children = (await store.listOutputs(ctx.db, row.id, loop)).map(({ number, outputs }) => ({
    ...{ number, outputs: JSON.parse(outputs ?? "{}") as StepOutputs["outputs"] },
  }));
  for (const name of names) {
    const files: Awaited<ReturnType<typeof readTree>> = [];
    for (const child of children) {
      const tree = child.outputs[name]?.digest;
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
