import {
  addTasks,
  claimTasks,
  completeAndClaim,
  createExecution,
  failTask,
  type Held,
  heartbeat,
  type Lease,
  listTasks,
  post,
  requestCancel,
  sealExecution,
  settleTask,
  type TaskDefinition,
} from "../../src/engine/index.ts";
import { lookAtClock, planAll } from "../../src/engine/loop.ts";
import type { Ctx } from "../../src/platform/context.ts";
import { transaction } from "../../src/platform/db/transaction.ts";
import type { Script } from "./feature.ts";
import { CommitFailed } from "./store.ts";
import type { Agent, Message, World } from "./world.ts";

export const nameOf = ({ execution, task }: Lease): string => `${execution}/${task}`;

/** Anything that may happen, with how often it does. What it throws is what somebody saw as an error; the world goes on. */
export const actions: [weight: number, name: string, act: (world: World) => Promise<void>][] = [
  [8, "plan", plan],
  [4, "look at the clock", (world) => lookAtClock(serverOf(world), world.hooks)],
  [5, "time passes", (world) => pass(world, world.random.below(4000))],
  [1, "much time passes", (world) => pass(world, 20_000)],
  [8, "claim", claim],
  [9, "report", report],
  [3, "say again", async (world) => sayAgain(world)],
  [4, "heartbeat", beat],
  [1, "create", create],
  [1, "settle", settle],
  [0.3, "cancel", cancel],
  [0.7, "add", add],
  [0.7, "seal", seal],
  [0.5, "pause", pause],
  [0.4, "agent dies", forget],
  [0.4, "server dies", restart],
];

/** Only where it cannot be listed what is to be planned, planning ends: one execution holds up no other. */
async function plan(world: World): Promise<void> {
  try {
    await planAll(serverOf(world), world.hooks);
  } catch (error) {
    if (error instanceof CommitFailed) throw new Broken(`what one execution stumbled over ended planning: ${error}`);
    throw error;
  }
}

const serverOf = (world: World) => world.random.pick(world.servers).ctx;
const awake = (world: World): Agent | undefined => {
  const agents = world.agents.filter(({ pausedUntil }) => pausedUntil <= world.now);
  return agents.length > 0 ? world.random.pick(agents) : undefined;
};

export async function create(world: World): Promise<void> {
  if (world.executions.length >= 4) return;
  const { random } = world;
  const tasks = Array.from({ length: 1 + random.below(7) }, (_, index) => newTask(world, `t${index}`, index));
  const id = await transaction(serverOf(world), (tx) =>
    createExecution(tx, {
      ...{ workspace: "w", kind: "simulated", subject: "s", tasks },
      continueOnFailure: random.chance(0.5),
      open: random.chance(0.2),
      maxParallel: random.chance(0.3) ? 1 + random.below(2) : undefined,
      timeoutSeconds: random.chance(0.1) ? 100 : undefined,
    }),
  );
  world.executions.push(id);
  world.acknowledged.created.add(id);
}

function newTask({ random }: World, name: string, after: number): TaskDefinition {
  const needs = Array.from({ length: random.below(3) }, () => `t${random.below(after)}`);
  const script: Script = {
    do: random.chance(0.7) ? "queue" : random.pick(["wait", "reuse", "fail", "skip", "child"]),
    faults: random.chance(0.15) ? 1 + random.below(3) : 0,
    refuses: random.chance(0.1),
  };
  return {
    ...{ name, needs: after === 0 ? [] : needs, kind: "step", input: script, timeoutSeconds: 600 },
    retry: { maxRetries: random.below(3), delaySeconds: random.below(3) },
    queueTimeoutSeconds: random.chance(0.1) ? 200 : undefined,
    deadlineSeconds: random.chance(0.1) ? 60 : undefined,
  };
}

async function claim(world: World): Promise<void> {
  const agent = awake(world);
  if (!agent) return;
  const max = 1 + world.random.below(3);
  const claims = await claimTasks(serverOf(world), world.hooks, { holder: agent.name, kinds: ["step"], max });
  agent.holds.push(...claims.map(({ lease }) => lease));
}

async function report(world: World): Promise<void> {
  const agent = awake(world);
  const lease = agent?.holds.splice(world.random.below(agent.holds.length), 1)[0];
  if (!lease) return;
  const say = world.calm || world.random.chance(0.8) ? "complete" : "fail";
  const next = world.random.chance(0.5) ? agent : undefined;
  await send(world, { say, lease, fault: world.random.pick(["user", "system"]) }, next);
}

/** `next`: the agent that wants something else to do together with its result being taken. */
async function send(world: World, message: Message, next?: Agent): Promise<void> {
  const { say, lease, fault } = message;
  world.said.push(message);
  const ctx = serverOf(world);
  if (say === "heartbeat") await heartbeat(ctx, [lease]);
  else if (say === "fail") await failTask(ctx, world.hooks, lease, { message: "failed", fault, retryable: true });
  else {
    const claim =
      next &&
      ((tx: Ctx, within: Held) => claimTasks(tx, world.hooks, { holder: next.name, kinds: ["step"], max: 1, within }));
    const claims = await completeAndClaim(ctx, world.hooks, lease, { epoch: lease.epoch }, claim);
    next?.holds.push(...claims.map((claim) => claim.lease));
    const before = world.acknowledged.completed.get(nameOf(lease));
    if (before !== undefined && before !== lease.epoch) {
      throw new Broken(`${nameOf(lease)}: a result was taken from epochs ${before} and ${lease.epoch}`);
    }
    world.acknowledged.completed.set(nameOf(lease), lease.epoch);
  }
}

/** An invariant does not hold: unlike every other error, it ends the simulation. */
export class Broken extends Error {}

async function sayAgain(world: World): Promise<void> {
  if (world.said.length > 0) await send(world, { ...world.random.pick(world.said) });
}

async function beat(world: World): Promise<void> {
  const agent = awake(world);
  if (!agent || agent.holds.length === 0) return;
  for (const lease of agent.holds) world.said.push({ say: "heartbeat", lease, fault: "system" });
  const { lost, cancel } = await heartbeat(serverOf(world), agent.holds);
  const gone = new Set([...lost, ...cancel].map(nameOf));
  agent.holds = agent.holds.filter((lease) => !gone.has(nameOf(lease)));
  for (const lease of cancel) await send(world, { say: "fail", lease, fault: "user" });
}

async function settle(world: World): Promise<void> {
  const id = world.executions.length > 0 ? world.random.pick(world.executions) : undefined;
  if (!id) return;
  const ctx = serverOf(world);
  const waiting = (await listTasks(ctx, id)).filter(({ state, input }) => state === "waiting" && isWait(input));
  if (waiting.length === 0) return;
  const { name } = world.random.pick(waiting);
  if (!world.calm && world.random.chance(0.3)) await post(ctx, [id], { kind: "wake", task: name });
  else await settleTask(ctx, id, name, { state: world.random.pick(["succeeded", "failed"]), result: { epoch: 0 } });
}
const isWait = (input: unknown): boolean => (input as Script).do === "wait";

async function cancel(world: World): Promise<void> {
  const id = world.executions.length > 0 ? world.random.pick(world.executions) : undefined;
  if (!id) return;
  await requestCancel(serverOf(world), id, "changed my mind");
  world.acknowledged.cancelled.add(id);
}

async function add(world: World): Promise<void> {
  const id = world.executions.length > 0 ? world.random.pick(world.executions) : undefined;
  if (!id) return;
  const ctx = serverOf(world);
  const count = (await listTasks(ctx, id)).length;
  if (count < 12)
    await addTasks(ctx, id, [newTask(world, `t${count}`, count), newTask(world, `t${count + 1}`, count + 1)]);
}

async function seal(world: World): Promise<void> {
  if (world.executions.length > 0) await sealExecution(serverOf(world), world.random.pick(world.executions));
}

async function pass(world: World, ms: number): Promise<void> {
  world.now += ms;
}

/** An agent's machine sleeps for longer than a lease lasts, and goes on as if nothing had been. */
async function pause(world: World): Promise<void> {
  world.random.pick(world.agents).pausedUntil = world.now + 40_000;
}

async function forget(world: World): Promise<void> {
  world.random.pick(world.agents).holds = [];
}

async function restart(world: World): Promise<void> {
  const index = world.random.below(world.servers.length);
  world.servers[index]!.kill();
  world.servers[index] = world.startServer();
}

/** What makes everything finish once faults have stopped: all servers plan, all agents work and report. */
export async function workCalmly(world: World): Promise<void> {
  world.now += 2000;
  const ctx = serverOf(world);
  for (const id of world.executions) await sealExecution(ctx, id);
  await lookAtClock(ctx, world.hooks);
  while ((await planAll(ctx, world.hooks)) > 0);
  await settle(world);
  for (const agent of world.agents) {
    agent.pausedUntil = 0;
    await claim(world);
    while (agent.holds.length > 0) {
      const lease = agent.holds.pop()!;
      await send(world, { say: "complete", lease, fault: "user" }).catch((error) => {
        if (error instanceof Broken) throw error;
      });
    }
  }
}
