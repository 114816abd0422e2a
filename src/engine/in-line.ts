import type { Ctx } from "../platform/context.ts";
import { type Gathered, gather } from "../platform/db/gather.ts";

interface Move {
  /** Which of all tasks. */
  task: string;
  isIn: boolean;
}

/** Who waits for work hears of tasks that are in the line when the transaction has ended, not of those that it took out again. */
const moves: Gathered<Move> = {
  async write(tx, items) {
    const left = new Set<string>();
    for (const { task, isIn } of items) {
      if (isIn) left.add(task);
      else left.delete(task);
    }
    if (left.size > 0) tx.unit!.afterCommit.push(() => tx.signals.wake("claim"));
  },
};

const keyOf = ({ executionId, name }: { executionId: string; name: string }): string => `${executionId}/${name}`;

/** A task can be claimed now. */
export const putInLine = (tx: Ctx, task: { executionId: string; name: string }): void =>
  gather(tx, moves, { task: keyOf(task), isIn: true });

/** A task was claimed. */
export const takeOutOfLine = (tx: Ctx, task: { executionId: string; name: string }): void =>
  gather(tx, moves, { task: keyOf(task), isIn: false });
