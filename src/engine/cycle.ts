/** The first cycle among the tasks as a list of names, or undefined. */
export function findCycle(tasks: { name: string; needs: string[] }[]): string[] | undefined {
  const needs = new Map(tasks.map((task) => [task.name, task.needs]));
  const done = new Set<string>();
  for (const { name } of tasks) {
    // Depth first with a stack of our own: a chain of 10,000 steps is longer than the call stack.
    const path: { name: string; next: number }[] = [{ name, next: 0 }];
    const onPath = new Set([name]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = needs.get(top.name)?.[top.next++];
      if (need === undefined) {
        done.add(top.name);
        onPath.delete(top.name);
        path.pop();
      } else if (onPath.has(need)) {
        const from = path.findIndex((entry) => entry.name === need);
        return [...path.slice(from).map((entry) => entry.name), need];
      } else if (!done.has(need)) {
        path.push({ name: need, next: 0 });
        onPath.add(need);
      }
    }
  }
  return undefined;
}
