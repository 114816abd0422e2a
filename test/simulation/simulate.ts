import type { Kysely } from "kysely";
import { lookAtClock, planAll } from "../../src/engine/loop.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import { actions, Broken, create, workCalmly } from "./actions.ts";
import { checkAlways, checkPlanned, type Results } from "./invariants.ts";
import { emptyStore, openStore } from "./store.ts";
import { createWorld, type World } from "./world.ts";

/** Rounds with faults; in each, some things happen at once. */
const rounds = 45;
/** So many calm rounds must be enough for everything to finish. */
const mostCalmRounds = 300;

/** A store that simulations use one after the other: to make its tables takes longer than a simulation. */
export interface Simulator {
  run(seed: number): Promise<World>;
  close(): Promise<void>;
}

export async function createSimulator(): Promise<Simulator> {
  let world: World | undefined;
  const db = await openStore(() => world?.commitFault() ?? "none");
  return {
    async run(seed) {
      world = undefined;
      await emptyStore(db);
      world = createWorld(seed, db);
      try {
        await live(world, db);
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw Object.assign(error as Error, { trace: world.trace });
      }
      return world;
    },
    close: () => db.destroy(),
  };
}

async function live(world: World, db: Kysely<Tables>): Promise<void> {
  const { random } = world;
  const results: Results = new Map();
  await create(world).catch(() => {});
  for (let round = 0; round < rounds; round++) {
    const now = Array.from({ length: 1 + random.below(3) }, () => draw(world));
    world.trace.push(`${round} at ${world.now}: ${now.map(([, name]) => name).join(", ")}`);
    const outcomes = await Promise.allSettled(now.map(([, , act]) => act(world)));
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      if (outcome.reason instanceof Broken) throw outcome.reason;
      world.trace.push(`   ${outcome.reason}`);
    }
    await checkAlways(world, results);
  }
  await calmDown(world);
  for (let round = 0; ; round++) {
    const running = await db.selectFrom("execution").select("id").where("state", "=", "running").execute();
    if (running.length === 0) break;
    if (round > mostCalmRounds)
      throw new Broken(`${running.map(({ id }) => id)} did not finish when faults had stopped`);
    await workCalmly(world);
    await checkAlways(world, results);
  }
}

const total = actions.reduce((sum, [weight]) => sum + weight, 0);

function draw({ random }: World): (typeof actions)[number] {
  let at = random.next() * total;
  for (const action of actions) {
    at -= action[0];
    if (at < 0) return action;
  }
  return actions[0]!;
}

async function calmDown(world: World): Promise<void> {
  world.calm = true;
  world.trace.push(`calm at ${world.now}`);
  world.servers = [world.startServer(), world.startServer()];
  // What was put off after a fault is due by now.
  world.now += 31_000;
  const { ctx } = world.servers[0]!;
  await lookAtClock(ctx, world.hooks);
  while ((await planAll(ctx, world.hooks)) > 0);
  await checkPlanned(world);
  // Some were started although nobody heard of it.
  const all = await world.db.selectFrom("execution").select("id").where("parent_execution", "is", null).execute();
  world.executions = all.map(({ id }) => id);
}
