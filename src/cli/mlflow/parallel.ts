/** Does some work for every item, for so many at a time; the first failure ends it. */
export async function inParallel<T>(limit: number, items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
