import type { ForeachStep } from "../../../contract/job.ts";
import type { Ctx } from "../../../platform/context.ts";
import type { ResolvedInput } from "../key.ts";
import { type Item, itemDefinition } from "./child.ts";
import { gather } from "./gather.ts";
import { itemsAt } from "./items.ts";
import { mostStarts, type Next, type Standing, type Start } from "./next.ts";
import * as store from "./store.ts";

/** What a loop does next. */
export async function nextOfLoop(ctx: Ctx, standing: Standing<ForeachStep>): Promise<Next> {
  const { row, name, step, fan } = standing;
  const failed = fan.failed + fan.cancelled + fan.stopped;
  if (failed > step.maxFailures) {
    // Those that were ended for the others' sake have not failed themselves.
    const why = `${failed - fan.stopped || failed} of ${fan.total} items failed; ${step.maxFailures} may`;
    if (fan.running > 0) return { start: [], stop: why };
    const first = (await store.firstFailed(ctx.db, row.id, name))!;
    const item = describeItem(JSON.parse(first.given));
    return { start: [], end: { error: `${why}. Item ${first.number} (${item}): ${first.note ?? first.state}` } };
  }
  const start = await nextItems(ctx, standing);
  if (fan.running > 0 || start.length > 0) return { start };
  const result = await gather(ctx, standing);
  return result ? { start, end: { result, runId: fan.run_id } } : { start, again: true };
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
