import { type ForeachStep, type JobDefinition, mostItemsShown, type Step } from "../../contract/job.ts";
import { mapSteps } from "./map-steps.ts";

/** A definition with these of its steps only, and of each loop the first items; and how many items that leaves out. */
export function shorten(definition: JobDefinition, names: string[]): { definition: JobDefinition; items: number } {
  let items = 0;
  const short = <S extends Step>(step: S): S => (step.type === "foreach" ? (shortLoop(step) as S) : step);
  const shortLoop = (step: ForeachStep): ForeachStep => {
    const body = { ...step.body, steps: mapSteps(step.body.steps, (inner) => short(inner)) };
    if (!Array.isArray(step.items) || step.items.length <= mostItemsShown) return { ...step, body };
    items += step.items.length - mostItemsShown;
    return { ...step, body, items: step.items.slice(0, mostItemsShown) };
  };
  const steps: Record<string, Step> = {};
  for (const name of names) {
    const step = Object.hasOwn(definition.steps, name) ? definition.steps[name] : undefined;
    if (step) steps[name] = short(step);
  }
  return { definition: { ...definition, steps }, items };
}
