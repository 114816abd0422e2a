import type { Ctx } from "../context.ts";

/** Rows that are written together at the end of a transaction, in the order in which they came. */
export interface Gathered<Item> {
  write(tx: Ctx, items: Item[]): Promise<void>;
}

/** Leaves something to be written before the transaction commits: what is written one by one costs a statement each. */
export function gather<Item>(tx: Ctx, into: Gathered<Item>, item: Item): void {
  if (!tx.unit) throw new Error("gather() outside a transaction");
  tx.unit.gathered.push({ into, item });
}

/** Writes what was gathered. What that gathers itself comes after it. */
export async function writeGathered(tx: Ctx): Promise<void> {
  const { gathered } = tx.unit!;
  while (gathered.length > 0) {
    const kinds = Map.groupBy(gathered.splice(0), ({ into }) => into);
    for (const [into, items] of kinds) {
      await into.write(
        tx,
        items.map(({ item }) => item),
      );
    }
  }
}
