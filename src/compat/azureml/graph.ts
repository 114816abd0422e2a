/** A cycle among steps as the names along it, the first repeated at the end; undefined when there is none. */
export function findCycle(needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  for (const start of needs.keys()) {
    const path: string[] = [];
    const onPath = new Set<string>();
    const pending: { name: string; leave: boolean }[] = [{ name: start, leave: false }];
    while (pending.length > 0) {
      const { name, leave } = pending.pop()!;
      if (leave) {
        path.pop();
        onPath.delete(name);
        done.add(name);
      } else if (onPath.has(name)) return [...path.slice(path.indexOf(name)), name];
      else if (!done.has(name)) {
        path.push(name);
        onPath.add(name);
        pending.push({ name, leave: true });
        for (const need of needs.get(name) ?? []) pending.push({ name: need, leave: false });
      }
    }
  }
  return undefined;
}
