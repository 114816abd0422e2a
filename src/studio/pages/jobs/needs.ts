import type { StepView } from "../../../contract/job.ts";

/**
 * What a step needs, as far as the graph shows it. Every step needs its environment; the line from there is drawn only
 * to the steps that nothing else leads to, or a pipeline of ten steps would be a thicket.
 */
export function shownNeeds(steps: StepView[], written: ReadonlySet<string>): { name: string; needs: string[] }[] {
  const added = steps.filter(({ name }) => !written.has(name)).map(({ name }) => name);
  const users = new Map(added.map((name) => [name, dependents(steps, name)]));
  return steps.map(({ name, needs }) => ({
    name,
    needs: needs.filter((need) => !needs.some((other) => written.has(other) && users.get(need)?.has(other))),
  }));
}

/** Every step that needs the one named, directly or through others. */
function dependents(steps: StepView[], name: string): Set<string> {
  const next = new Map<string, string[]>();
  for (const step of steps)
    for (const need of step.needs) {
      const users = next.get(need);
      if (users) users.push(step.name);
      else next.set(need, [step.name]);
    }
  const found = new Set<string>();
  const open = [name];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const user of next.get(at) ?? [])
      if (!found.has(user)) {
        found.add(user);
        open.push(user);
      }
  return found;
}
