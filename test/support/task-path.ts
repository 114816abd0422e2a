/** Which event of a task may follow which. */
const legal: Record<string, string[]> = {
  pending: ["queued", "waiting", "succeeded", "reused", "failed", "skipped", "cancelled"],
  queued: ["claimed", "skipped", "cancelled", "failed"],
  claimed: ["succeeded", "failed", "retried", "cancelled"],
  retried: ["claimed", "skipped", "cancelled", "failed"],
  waiting: ["succeeded", "reused", "failed", "woken", "skipped", "cancelled"],
  // One that only looks around and waits on says nothing about it, and may be woken again.
  woken: ["queued", "waiting", "woken", "succeeded", "reused", "failed", "skipped", "cancelled"],
};

/** May a task have had these events, in this order? */
export function isLegal(types: string[]): boolean {
  const path = ["pending", ...types.map((type) => type.replace(/^task\./, ""))];
  return path.every((type, index) => index === 0 || legal[path[index - 1]!]?.includes(type));
}
