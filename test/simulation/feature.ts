import { Problem } from "../../src/contract/errors.ts";
import { createExecution, type ExecutionHooks, type Task } from "../../src/engine/index.ts";
import type { Ctx } from "../../src/platform/context.ts";
import type { EffectKind } from "./store.ts";

/** What becomes of a task when its turn comes; it is decided when the task is made, so that it does not depend on order. */
export interface Script {
  do: "queue" | "wait" | "reuse" | "fail" | "skip" | "child";
  /** So often preparing it fails before by a fault of the server. */
  faults: number;
  /** Its feature refuses the first result. */
  refuses: boolean;
}

/** The feature whose executions are simulated. Everything it writes is in the transaction that it is given. */
export function createFeature(isCalm: () => boolean): ExecutionHooks {
  const seen = new Map<string, number>();
  /** How often this was asked before; kept outside the store, as a fault outside is. */
  const count = (what: string): number => {
    const before = seen.get(what) ?? 0;
    seen.set(what, before + 1);
    return before;
  };
  const scriptOf = (task: Task): Script => task.input as Script;
  const note = (tx: Ctx, execution_id: string, task: string, kind: EffectKind, epoch = 0) =>
    tx.db.insertInto("sim_effect").values({ execution_id, task, epoch, kind }).execute();
  return {
    kind: "simulated",
    async prepare(tx, execution, task) {
      const script = scriptOf(task);
      const key = `${execution.id}/${task.name}`;
      if (!isCalm() && count(`prepare ${key}`) < script.faults) throw new Error("a fault in the feature");
      if (script.do === "fail") {
        await note(tx, execution.id, task.name, "begun");
        throw new Problem("invalid", "it makes no sense");
      }
      if (script.do === "skip") return { do: "skip", because: "its condition does not hold" };
      if (script.do === "reuse") return { do: "settle", state: "reused", result: { epoch: 0 } };
      if (script.do === "queue") return { do: "queue", payload: task.name };
      if (script.do === "child") {
        await createExecution(tx, {
          ...{ workspace: "w", kind: "simulated", subject: key },
          parent: { execution: execution.id, task: task.name },
          tasks: ["x", "y"].map((name) => ({
            ...{ name, needs: name === "y" ? ["x"] : [], kind: "step" },
            input: { do: "queue", faults: 0, refuses: false } satisfies Script,
          })),
        });
      }
      return { do: "wait" };
    },
    async accept(tx, execution, task, result) {
      await note(tx, execution.id, task.name, "result", task.epoch);
      const key = `accept ${execution.id}/${task.name}`;
      if (scriptOf(task).refuses && !isCalm() && count(key) === 0) throw new Problem("unprocessable", "no good");
      return result;
    },
    onTaskEnd: async (tx, execution, task) => void (await note(tx, execution.id, task.name, "task", task.epoch)),
    onEnd: async (tx, execution) => void (await note(tx, execution.id, "", "execution")),
  };
}
