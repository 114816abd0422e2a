import type { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../context.ts";
import { transaction } from "./transaction.ts";

/** What became of one item of a group: it was written, or refused while the others were written. */
export type Written<Result> = { value: Result } | { refused: Problem };

/** A kind of write of which many are committed together. */
export interface GroupedWrite<Item, Result> {
  /** How many rows it is, about: bounds how much one transaction writes. */
  weightOf(item: Item): number;
  /** Writes the items in their order, each completely or not at all. What it throws fails no item before it was tried alone. */
  write(tx: Ctx, items: Item[]): Promise<Written<Result>[]>;
}

/**
 * Group commit: what arrives while a transaction is being written waits for the next one, so that all who wait share
 * one commit and its fsync. An answer is given after the commit, as if each had written alone.
 */
export interface Groups {
  write<Item, Result>(ctx: Ctx, definition: GroupedWrite<Item, Result>, item: Item): Promise<Result>;
}

interface Waiting<Item, Result> {
  ctx: Ctx;
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const mostItems = 256;
const mostWeight = 4000;

export function createGroups(): Groups {
  // biome-ignore lint/suspicious/noExplicitAny: each queue holds the items of its own definition
  const queues = new Map<GroupedWrite<any, any>, Waiting<any, any>[]>();
  return {
    write(ctx, definition, item) {
      if (ctx.unit) return writeOne(ctx, definition, item);
      return new Promise((resolve, reject) => {
        const waiting = { ctx, item, resolve, reject };
        const queue = queues.get(definition);
        if (queue) return void queue.push(waiting);
        queues.set(definition, [waiting]);
        void drain(definition);
      });
    },
  };

  async function drain<Item, Result>(definition: GroupedWrite<Item, Result>): Promise<void> {
    const queue: Waiting<Item, Result>[] = queues.get(definition)!;
    while (queue.length > 0) {
      // Whoever else is at the door comes along.
      await new Promise(setImmediate);
      await writeGroup(definition, queue.splice(0, fitting(definition, queue)));
    }
    queues.delete(definition);
  }
}

function fitting<Item>(definition: GroupedWrite<Item, unknown>, queue: { item: Item }[]): number {
  let weight = 0;
  let count = 0;
  for (const { item } of queue) {
    weight += definition.weightOf(item);
    if (count === mostItems || (count > 0 && weight > mostWeight)) break;
    count++;
  }
  return count;
}

async function writeGroup<Item, Result>(
  definition: GroupedWrite<Item, Result>,
  group: Waiting<Item, Result>[],
): Promise<void> {
  const { ctx } = group[0]!;
  try {
    const outcomes = await transaction(ctx, (tx) =>
      definition.write(
        tx,
        group.map(({ item }) => item),
      ),
    );
    for (const [index, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[index]!;
      if ("refused" in outcome) reject(outcome.refused);
      else resolve(outcome.value);
    }
  } catch (error) {
    if (group.length === 1) return group[0]!.reject(error);
    // One of them made the transaction fail, and only that one is told.
    for (const { ctx, item, resolve, reject } of group) await writeOne(ctx, definition, item).then(resolve, reject);
  }
}

async function writeOne<Item, Result>(ctx: Ctx, definition: GroupedWrite<Item, Result>, item: Item): Promise<Result> {
  const [outcome] = await transaction(ctx, (tx) => definition.write(tx, [item]));
  if ("refused" in outcome!) throw outcome.refused;
  return outcome!.value;
}
