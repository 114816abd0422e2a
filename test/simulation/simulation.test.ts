import { afterAll, beforeAll, expect, it } from "vitest";
import { createSimulator, type Simulator } from "./simulate.ts";

/** `TRAINYARD_SIMULATION_SEEDS=1234` replays one, `0-9999` runs many; see docs/simulation.md. */
const [first = 0, last = first] = (process.env.TRAINYARD_SIMULATION_SEEDS ?? "0-1999").split("-").map(Number);

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator();
});
afterAll(() => simulator.close());

it(`keeps every invariant in the worlds of the seeds ${first} to ${last}`, { timeout: 600_000 }, async () => {
  let ended = 0;
  for (let seed = first; seed <= last; seed++) {
    const world = await simulator.run(seed).catch((error: Error & { trace?: string[] }) => {
      if (first === last) console.error(error.trace?.join("\n"));
      error.message = `${error.message}\nReplay: npm run simulate -- ${seed}`;
      throw error;
    });
    ended += world.executions.length;
  }
  expect(ended).toBeGreaterThan(0);
});

it("does the same again for the same seed", async () => {
  const once = await simulator.run(77);
  const again = await simulator.run(77);
  expect(again.trace).toEqual(once.trace);
  expect(once.trace.length).toBeGreaterThan(40);
});
