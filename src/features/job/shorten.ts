import { type JobDefinition, mostItemsShown, type Step } from "../../contract/job.ts";

/** A definition with these of its steps only, and of each loop the first items; and how many items that leaves out. */
export function shorten(definition: JobDefinition, names: string[]): { definition: JobDefinition; items: number } {
  let items = 0;
  const steps: Record<string, Step> = {};
  for (const name of names) {
    const step = Object.hasOwn(definition.steps, name) ? definition.steps[name] : undefined;
    if (!step) continue;
    const isLong = step.type === "foreach" && Array.isArray(step.items) && step.items.length > mostItemsShown;
    if (!isLong) steps[name] = step;
    else {
      const all = step.items as unknown[];
      items += all.length - mostItemsShown;
      steps[name] = { ...step, items: all.slice(0, mostItemsShown) } as Step;
    }
  }
  return { definition: { ...definition, steps }, items };
}
