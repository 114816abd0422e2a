import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Action, plan, type Snapshot } from "./plan.fixture.ts";
import { endedTaskStates, isDone, type TaskState, taskStates } from "./types.ts";

const task = (name: string, state: TaskState, ...needs: string[]) => ({ name, state, needs });
const given = (tasks: Snapshot["tasks"], more: Partial<Snapshot> = {}): Snapshot => ({
  cancelRequested: false,
  continueOnFailure: false,
  tasks,
  ...more,
});

describe("plan", () => {
  const cases: [string, Snapshot, Action[]][] = [
    ["ends what has no task", given([]), [{ type: "finish", state: "succeeded", failed: [] }]],
    [
      "starts all that need nothing, in order",
      given([task("b", "pending"), task("a", "pending"), task("c", "pending", "a")]),
      [
        { type: "prepare", task: "b" },
        { type: "prepare", task: "a" },
      ],
    ],
    [
      "counts a reused task as done",
      given([task("a", "reused"), task("b", "succeeded"), task("c", "pending", "a", "b")]),
      [{ type: "prepare", task: "c" }],
    ],
    ["lets be what is under way", given([task("a", "running"), task("b", "queued"), task("c", "waiting")]), []],
    [
      "stops at a failure, and ends when nothing runs any more",
      given([task("a", "failed"), task("b", "pending"), task("c", "queued"), task("d", "waiting")]),
      [
        { type: "skip", task: "b", because: "a" },
        { type: "skip", task: "c", because: "a" },
        { type: "skip", task: "d", because: "a" },
        { type: "finish", state: "failed", failed: ["a"] },
      ],
    ],
    [
      "waits for what runs after a failure",
      given([task("a", "failed"), task("b", "running"), task("c", "pending", "b")]),
      [{ type: "skip", task: "c", because: "a" }],
    ],
    [
      "goes on with what does not need the failed task, if told to",
      given([task("a", "failed"), task("b", "pending", "a"), task("c", "pending", "b"), task("d", "pending")], {
        continueOnFailure: true,
      }),
      [
        { type: "skip", task: "b", because: "a" },
        { type: "skip", task: "c", because: "b" },
        { type: "prepare", task: "d" },
      ],
    ],
    [
      "cancels all that does not run",
      given([task("a", "running"), task("b", "queued"), task("c", "pending", "a")], { cancelRequested: true }),
      [
        { type: "cancel", task: "b" },
        { type: "cancel", task: "c" },
      ],
    ],
    [
      "is cancelled when the last task has ended",
      given([task("a", "cancelled"), task("b", "succeeded")], { cancelRequested: true }),
      [{ type: "finish", state: "cancelled", failed: [] }],
    ],
    [
      "has failed if a task failed before it was cancelled",
      given([task("a", "failed"), task("b", "pending")], { cancelRequested: true }),
      [
        { type: "cancel", task: "b" },
        { type: "finish", state: "failed", failed: ["a"] },
      ],
    ],
    [
      "has failed in the end if it went on after a failure",
      given([task("a", "failed"), task("b", "succeeded")], { continueOnFailure: true }),
      [{ type: "finish", state: "failed", failed: ["a"] }],
    ],
  ];
  it.each(cases)("%s", (_, snapshot, actions) => {
    expect(plan(snapshot)).toEqual(actions);
  });

  /** Any graph without cycles, in any order. */
  const graphs = fc
    .integer({ min: 0, max: 12 })
    .chain((size) =>
      fc.tuple(
        fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: size, maxLength: size }),
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, index) => index),
          { minLength: size, maxLength: size },
        ),
        fc.boolean(),
      ),
    )
    .map(([needs, order, continueOnFailure]) => {
      const tasks = order.map((index) =>
        task(`t${index}`, "pending", ...new Set(index === 0 ? [] : needs[index]!.map((need) => `t${need % index}`))),
      );
      return given(tasks, { continueOnFailure });
    });

  /** Carries out what `plan` says, as the loop does; the chooser stands for agents, people and time. */
  function carryOut(snapshot: Snapshot, actions: Action[]): Extract<Action, { type: "finish" }> | undefined {
    const find = (name: string) => snapshot.tasks.find((it) => it.name === name)!;
    for (const action of actions) {
      if (action.type === "finish") return action;
      const found = find(action.task);
      if (action.type === "prepare") {
        for (const need of found.needs) expect(isDone(find(need).state), `${need} before ${found.name}`).toBe(true);
        expect(found.state).toBe("pending");
        found.state = "queued";
      } else {
        expect(["pending", "queued", "waiting"]).toContain(found.state);
        found.state = action.type === "skip" ? "skipped" : "cancelled";
      }
    }
    return undefined;
  }

  it("starts no task before those it needs are done, and always ends, whatever happens", () => {
    const moves: Partial<Record<TaskState, TaskState[]>> = {
      queued: ["running", "waiting", "reused"],
      waiting: ["succeeded", "failed", "pending"],
      running: ["succeeded", "failed", "queued"],
    };
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.nat()), fc.option(fc.nat(30)), (graph, chance, cancelAt) => {
        const next = () => chance.next().value as number;
        const snapshot = structuredClone(graph);
        for (let round = 0; ; round++) {
          expect(round, "it ends").toBeLessThan(2000);
          if (cancelAt === round) snapshot.cancelRequested = true;
          const actions = plan(snapshot);
          const finish = carryOut(snapshot, actions);
          if (finish) {
            expect(snapshot.tasks.every((it) => endedTaskStates.has(it.state))).toBe(true);
            const failed = snapshot.tasks.filter((it) => it.state === "failed").map((it) => it.name);
            expect(finish.failed).toEqual(failed);
            if (finish.state === "succeeded") expect(snapshot.tasks.every((it) => isDone(it.state))).toBe(true);
            return;
          }
          // What was done is planned upon before anything else happens.
          if (actions.length > 0) continue;
          const alive = snapshot.tasks.filter((it) => moves[it.state]);
          expect(alive.length, "something is under way").toBeGreaterThan(0);
          const moving = alive[next() % alive.length]!;
          const choices = moves[moving.state]!;
          // Late in a run nothing is sent back any more: faults stop.
          moving.state = choices[next() % (round > 200 ? 2 : choices.length)]!;
        }
      }),
    );
  });

  it("says the same again, and nothing more once it was carried out", () => {
    const states = fc.constantFrom(...taskStates);
    fc.assert(
      fc.property(graphs, fc.array(states, { minLength: 12, maxLength: 12 }), fc.boolean(), (graph, drawn, cancel) => {
        const snapshot = {
          ...graph,
          cancelRequested: cancel,
          tasks: graph.tasks.map((it, index) => ({ ...it, state: drawn[index]! })),
        };
        const before = structuredClone(snapshot);
        const actions = plan(snapshot);
        expect(plan(snapshot)).toEqual(actions);
        expect(snapshot).toEqual(before);
        const moves = actions.filter((action) => action.type !== "finish");
        expect(new Set(moves.map((action) => action.task)).size).toBe(moves.length);
        for (const action of moves) {
          const found = snapshot.tasks.find((it) => it.name === action.task)!;
          found.state = action.type === "prepare" ? "queued" : action.type === "skip" ? "skipped" : "cancelled";
        }
        const repeated = plan(snapshot).filter((action) =>
          moves.some((done) => action.type !== "finish" && done.task === action.task && done.type === action.type),
        );
        expect(repeated).toEqual([]);
      }),
    );
  });
});
