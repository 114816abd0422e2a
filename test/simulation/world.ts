import type { Kysely } from "kysely";
import type { HooksByKind, Lease } from "../../src/engine/index.ts";
import type { Ctx } from "../../src/platform/context.ts";
import { createGroups } from "../../src/platform/db/groups.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import { createSignals } from "../../src/platform/signals.ts";
import { createFeature } from "./feature.ts";
import { createRandom, type Random } from "./random.ts";
import { beforeQueries, type CommitFault, StoreFault } from "./store.ts";

export interface Server {
  ctx: Ctx;
  /** As by `kill -9`: nothing that it was doing reaches the store any more. */
  kill(): void;
}

/** What an agent says to a server, kept so that it can be said again, or late. */
export interface Message {
  say: "complete" | "fail" | "heartbeat";
  lease: Lease;
  fault: "user" | "system";
}

export interface Agent {
  name: string;
  holds: Lease[];
  /** It does nothing before: its machine sleeps. */
  pausedUntil: number;
}

/** One simulated installation: several servers on one store, agents, and everything that may go wrong. */
export interface World {
  seed: number;
  random: Random;
  db: Kysely<Tables>;
  hooks: HooksByKind;
  servers: Server[];
  agents: Agent[];
  /** Said before; any of it may arrive again. */
  said: Message[];
  executions: string[];
  now: number;
  /** Faults have stopped. */
  calm: boolean;
  /** What was acknowledged: it must be so for ever. */
  acknowledged: { completed: Map<string, number>; created: Set<string>; cancelled: Set<string> };
  trace: string[];
  commitFault(): CommitFault;
  startServer(): Server;
}

export function createWorld(seed: number, db: Kysely<Tables>): World {
  const random = createRandom(seed);
  let ids = 0;
  let servers = 0;
  /** Of a hundred commits; some worlds have a reliable store. */
  const faultRate = random.pick([0, 0.02, 0.1]);
  const world: World = {
    ...{ seed, random, db, servers: [], agents: [], said: [], executions: [], trace: [] },
    ...{ now: 1_000_000, calm: false },
    hooks: new Map([["simulated", createFeature(() => world.calm)]]),
    acknowledged: { completed: new Map(), created: new Set(), cancelled: new Set() },
    commitFault: () => (world.calm || !random.chance(faultRate) ? "none" : random.pick(["lost", "unheard"] as const)),
    startServer() {
      let isDead = false;
      const name = `server ${++servers}`;
      const skew = random.below(1000);
      const look = () => {
        if (isDead) throw new StoreFault(`${name} is dead`);
        if (!world.calm && random.chance(faultRate / 10)) throw new StoreFault("the store does not answer");
      };
      const pause = async () => {
        for (let turns = random.below(3); turns > 0; turns--) await undefined;
      };
      const log = { info() {}, warn() {}, error() {}, debug() {} };
      const ctx = {
        ...{ db: db.withPlugin(beforeQueries(look, pause)), groups: createGroups(), signals: createSignals(), log },
        clock: { now: () => world.now + skew },
        ids: { next: () => `e${String(++ids).padStart(6, "0")}` },
        failpoint: () => {
          if (!world.calm && random.chance(faultRate / 20)) isDead = true;
          look();
        },
        unit: null,
      } as unknown as Ctx;
      return {
        ctx,
        kill() {
          isDead = true;
        },
      };
    },
  };
  for (let count = 1 + random.below(3); count > 0; count--) world.servers.push(world.startServer());
  for (let count = 1 + random.below(3); count > 0; count--) {
    world.agents.push({ name: `agent ${count}`, holds: [], pausedUntil: 0 });
  }
  return world;
}
