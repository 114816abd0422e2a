/** Every object in a JSON value, at any depth. */
export function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (typeof item !== "object" || item === null) continue;
    if (!Array.isArray(item)) yield item as Record<string, unknown>;
    for (const inner of Object.values(item)) waiting.push(inner);
  }
}
