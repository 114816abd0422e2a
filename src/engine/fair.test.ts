import { describe, expect, it } from "vitest";
import { type Asking, chooseTasks, type Lane, type Limits, type Load, patienceMs, type Room } from "./fair.ts";

type Ask = Asking & { name: string };
const ask = (name: string, more: Partial<Asking> = {}): Ask => ({
  ...{ name, compute: "local", cpus: 1, memoryMb: 0, gpus: 0, queuedAt: 0 },
  ...more,
});
const many = (name: string, count: number, more: Partial<Asking> = {}): Ask[] =>
  Array.from({ length: count }, (_, index) => ask(`${name}${index}`, more));
const load = (workspace: string, execution: string, steps: number): Load => ({
  ...{ workspace, execution, root: execution, compute: "local", steps, cpus: steps, memoryMb: 0, gpus: 0 },
});
const room = (free: number, total = free): Room => ({
  free: { cpus: free, memoryMb: 1000, gpus: 0 },
  total: { cpus: total, memoryMb: 1000, gpus: 0 },
});

interface Line {
  workspace?: string;
  priority?: number;
  root?: string;
  tasks: Ask[];
}

async function choose(
  lines: Record<string, Line>,
  max: number,
  more: { loads?: Load[]; room?: Room; limits?: Partial<Limits>; now?: number } = {},
): Promise<string> {
  const lanes: Lane[] = Object.entries(lines).map(([execution, line]) => ({
    ...{ execution, workspace: line.workspace ?? "a", priority: line.priority ?? 0, root: line.root ?? execution },
  }));
  const limits = { workspaces: new Map(), computes: new Map(), ...more.limits };
  const wanted = { max, room: more.room, limits, now: more.now ?? 0 };
  const heads = async ({ execution }: Lane) => lines[execution]!.tasks.slice(0, max + 5);
  return (await chooseTasks(lanes, more.loads ?? [], wanted, heads)).map(({ name }) => name).join(" ");
}

describe("chooseTasks", () => {
  it("lets workspaces take turns, however much one of them has to do", async () => {
    const lines = {
      "1": { workspace: "big", tasks: many("big", 1000) },
      "2": { workspace: "small", tasks: many("small", 2) },
    };
    expect(await choose(lines, 6)).toBe("big0 small0 big1 small1 big2 big3");
    expect(await choose(lines, 2, { loads: [load("big", "1", 5)] })).toBe("small0 small1");
  });

  it("lets the jobs of a workspace take turns", async () => {
    const lines = { "1": { tasks: many("old", 1000) }, "2": { tasks: many("new", 2) } };
    expect(await choose(lines, 5)).toBe("old0 new0 old1 new1 old2");
    expect(await choose(lines, 2, { loads: [load("a", "1", 3)] })).toBe("new0 new1");
  });

  it("counts what a sweep started as one job", async () => {
    const trials = Array.from({ length: 100 }, (_, index): [string, Line] => [
      `s${index + 100}`,
      { root: "s", tasks: [ask(`trial${index}`)] },
    ]);
    const lines = { ...Object.fromEntries(trials), t: { tasks: many("other", 3) } };
    expect(await choose(lines, 6)).toBe("trial0 other0 trial1 other1 trial2 other2");
    const loads = [load("a", "s098", 1), load("a", "s099", 1)].map((one) => ({ ...one, root: "s" }));
    expect(await choose(lines, 3, { loads }), "what runs already counts too").toBe("other0 other1 trial0");
  });

  it("starts the job with the higher priority first, in its workspace only", async () => {
    const lines = {
      "1": { tasks: many("usual", 9) },
      "2": { tasks: many("high", 2), priority: 1 },
      "3": { workspace: "b", tasks: many("other", 9) },
    };
    expect(await choose(lines, 6)).toBe("high0 other0 high1 other1 usual0 other2");
  });

  it("gives a workspace with twice the weight twice as much", async () => {
    const lines = {
      "1": { workspace: "a", tasks: many("a", 9) },
      "2": { workspace: "b", tasks: many("b", 9) },
    };
    const workspaces = new Map([["b", { weight: 2 }]]);
    expect(await choose(lines, 6, { limits: { workspaces } })).toBe("a0 b0 b1 a1 b2 b3");
  });

  it("takes no more than fits, and passes over what does not", async () => {
    const lines = { "1": { tasks: [ask("two", { cpus: 2 }), ask("four", { cpus: 4 }), ask("one")] } };
    expect(await choose(lines, 9, { room: room(3, 8) })).toBe("two one");
    expect(
      await choose({ "1": { tasks: [ask("memory", { memoryMb: 2000 }), ask("one")] } }, 9, { room: room(3) }),
    ).toBe("one");
    expect(await choose({ "1": { tasks: [ask("gpu", { gpus: 1 })] } }, 9, { room: room(3) })).toBe("");
    expect(await choose({ "1": { tasks: many("tenth", 12, { cpus: 0.1 }) } }, 20, { room: room(1) })).toMatch(
      /tenth9$/,
    );
  });

  it("lets nothing overtake a large one that has waited long, unless it can never fit", async () => {
    const now = patienceMs + 1;
    const behind = ask("small", { queuedAt: now });
    const large = { "1": { tasks: [ask("large", { cpus: 4 }), behind] } };
    expect(await choose(large, 9, { room: room(3, 4), now: 1 })).toBe("small");
    expect(await choose(large, 9, { room: room(3, 4), now })).toBe("");
    expect(await choose(large, 9, { room: room(4, 4), now })).toBe("large");
    expect(await choose({ "1": { tasks: [ask("huge", { cpus: 5 }), behind] } }, 9, { room: room(3, 4), now })).toBe(
      "small",
    );
  });

  it("keeps to the quotas of workspaces and computes", async () => {
    const lines = {
      "1": { workspace: "a", tasks: many("a", 9, { cpus: 2 }) },
      "2": { workspace: "b", tasks: many("b", 9, { compute: "gpu" }) },
    };
    const limits = {
      workspaces: new Map([["a", { weight: 1, steps: 3, cpus: 5 }]]),
      computes: new Map([["gpu", { steps: 2 }]]),
    };
    expect(await choose(lines, 9, { limits })).toBe("a0 b0 a1 b1");
    expect(await choose(lines, 9, { limits, loads: [load("a", "1", 3)] })).toBe("b0 b1");
  });
});
