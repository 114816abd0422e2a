import { describe, expect, it } from "vitest";
import { type Line, positionOf, type Waiting, whyQueued } from "./waiting.ts";

const unlimited = { steps: null, cpus: null, memoryMb: null, gpus: null };
const idle = { steps: 0, cpus: 0, memoryMb: 0, gpus: 0 };
const waiting = (more: Partial<Waiting> = {}): Waiting => ({
  ...{ now: 1000, compute: "local", resources: { cpus: 1, memoryMb: 0, gpus: 0 }, availableAt: 0, position: 14 },
  workspace: { name: "default", limit: unlimited, load: idle },
  ...{ limit: unlimited, load: idle, agentsLoad: idle, lackEngine: false },
  agents: [{ slots: 4, total: { cpus: 2, memoryMb: 1000, gpus: 0 } }],
  ...more,
});

describe("whyQueued", () => {
  const busy = { steps: 2, cpus: 2, memoryMb: 900, gpus: 0 };
  it.each<[string, Partial<Waiting>]>([
    ["2 of 2 cpus in use; position 14", { agentsLoad: busy }],
    [
      "900 of 1000 MB of memory in use; position 14",
      { agentsLoad: { ...busy, cpus: 1 }, resources: { cpus: 1, memoryMb: 200, gpus: 0 } },
    ],
    [
      "2 of 2 slots in use; position 14",
      {
        agentsLoad: busy,
        resources: { cpus: 0, memoryMb: 0, gpus: 0 },
        agents: [{ slots: 2, total: { cpus: 8, memoryMb: 1, gpus: 0 } }],
      },
    ],
    ["no agent serves the compute local", { agents: [] }],
    ["no agent of the compute local has podman or docker that works", { agents: [], lackEngine: true }],
    ["waits 3 s before it is tried again", { availableAt: 3500 }],
    [
      "asks for 8 cpus; no agent of the compute local has more than 2",
      { resources: { cpus: 8, memoryMb: 0, gpus: 0 } },
    ],
    [
      "asks for 1 gpus; no agent of the compute local has more than 0",
      { resources: { cpus: 1, memoryMb: 0, gpus: 1 } },
    ],
    [
      "the workspace's quota is used up: 2 of 2 steps in use; position 14",
      { workspace: { name: "default", limit: { ...unlimited, steps: 2 }, load: busy } },
    ],
    [
      "the compute local is full: 2 of 2.5 cpus in use; position 14",
      { limit: { ...unlimited, cpus: 2.5 }, load: busy },
    ],
    ["about to start; position 14", {}],
  ])("says: %s", (said, more) => {
    expect(whyQueued(waiting(more))).toBe(said);
  });
});

describe("positionOf", () => {
  const line = (execution: string, queued: number, more: Partial<Line> = {}): Line => ({
    ...{ execution, root: execution, workspace: "a", priority: 0, queued, running: 0 },
    ...more,
  });
  const at = (lines: Line[], execution: string, index: number, weight = 1) =>
    positionOf(lines, { execution, index }, () => weight);

  it("counts what is before it in its own job, and the turns of others", () => {
    expect(at([line("1", 5)], "1", 3)).toBe(4);
    expect(at([line("1", 1000), line("2", 3)], "2", 0)).toBe(2);
    expect(at([line("1", 1000, { running: 2 }), line("2", 3)], "2", 1)).toBe(2);
    expect(at([line("1", 1000), line("2", 3)], "1", 10)).toBe(14);
  });

  it("puts a higher priority first", () => {
    const lines = [line("1", 10), line("2", 3, { priority: 1 })];
    expect(at(lines, "2", 2)).toBe(3);
    expect(at(lines, "1", 0)).toBe(4);
  });

  it("counts the trials of a sweep as one job", () => {
    const trials = Array.from({ length: 100 }, (_, index) => line(`s${index + 100}`, 1, { root: "s" }));
    const lines = [...trials, line("t", 3)];
    expect(at(lines, "t", 0), "behind one trial, not behind a hundred").toBe(2);
    expect(at(lines, "t", 2)).toBe(6);
    expect(at(lines, "s102", 0), "behind two trials and two steps of the other").toBe(5);
  });

  it("lets workspaces take turns", () => {
    const lines = [line("1", 1000), line("2", 2, { workspace: "b" })];
    expect(at(lines, "2", 0)).toBe(1);
    expect(at(lines, "2", 1)).toBe(3);
    expect(at(lines, "1", 20)).toBe(23);
  });
});
