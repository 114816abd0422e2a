// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { ClaimedTask } from "../../contract/agent.ts";
import type { Client } from "../../contract/client.ts";
import { runEngine } from "../../engine/index.ts";
import { sleep } from "../../platform/clock.ts";
import { leaseOf } from "../agent/worker.fixture.ts";
import { createJobs, definition, params, step } from "./job.fixture.ts";

/** A deadlock is only possible where transactions run beside each other. */
describe.runIf(databases.includes("postgres"))("the order in which rows are taken on postgres", () => {
  const children = 20;
  let app: TestApp;
  let client: Client;
  let agent: Client;
  let jobs: ReturnType<typeof createJobs>;
  const stopping = new AbortController();
  const servers: Promise<void>[] = [];

  beforeAll(async () => {
    app = await createTestApp({ database: "postgres", loops: true });
    for (let count = 0; count < 2; count++) servers.push(runEngine(app.ctx, app.hooks, stopping.signal));
    client = await app.as("owner");
    agent = await app.as("agent");
    jobs = createJobs(client);
  });
  afterAll(async () => {
    stopping.abort();
    await Promise.all(servers);
    await app.stop();
  });

  const region = { type: "string" as const, binding: { from: "input" as const, input: "region" } };
  const loop = () =>
    definition({
      each: {
        ...{ type: "foreach" as const, item: "region", maxConcurrent: children, maxFailures: children },
        items: Array.from({ length: 3 * children }, (_, index) => `r${index}`),
        body: {
          inputs: { region: { type: "string" as const, binding: null } },
          outputs: {},
          steps: { fit: step("fit ${{inputs.region}}", { deterministic: false, inputs: { region } }) },
        },
      },
    });

  async function claimAll(): Promise<ClaimedTask[]> {
    const claimed: ClaimedTask[] = [];
    const body = { agent: "worker", kinds: ["step"], max: children, waitMs: 20_000 };
    while (claimed.length < children) {
      const { tasks } = await agent.agent.claim({ body });
      if (tasks.length === 0) throw new Error(`only ${claimed.length} items came`);
      claimed.push(...tasks);
    }
    return claimed;
  }

  /** An item ends one way or the other; its end comes as late as it likes. */
  async function end(task: ClaimedTask, index: number): Promise<void> {
    await sleep(Math.random() * 30);
    const lease = leaseOf(task);
    if (index % 3 === 0) {
      await agent.agent.fail({ body: { ...lease, message: "no", fault: "user", retryable: false } });
    } else await agent.agent.complete({ body: { ...lease, result: { outputs: {} } } });
  }

  const deadlocks = async (): Promise<number> => {
    // A connection says what it counted a second later at the latest, when it is used again.
    await sleep(1100);
    const look = sql<{ deadlocks: number }>`select deadlocks from pg_stat_database where datname = current_database()`;
    await Promise.all(Array.from({ length: 10 }, () => sql`select pg_sleep(0.05)`.execute(app.ctx.db)));
    await sleep(1100);
    return Number((await look.execute(app.ctx.db)).rows[0]!.deadlocks);
  };

  it("a loop is cancelled while its items end, and nobody waits for each other", async () => {
    for (let round = 0; round < 2; round++) {
      const { id } = await jobs.submit(loop());
      const tasks = await claimAll();
      const leases = tasks.map(leaseOf).reverse();
      await Promise.all([
        ...tasks.map(end),
        sleep(Math.random() * 30).then(() => client.job.cancel({ params: { ...params, id }, body: {} })),
        sleep(10).then(() => agent.agent.heartbeat({ body: { agent: "worker", leases } })),
        sleep(15).then(() => agent.agent.claim({ body: { agent: "other", kinds: ["step"], max: 5, waitMs: 0 } })),
      ]);
      await jobs.ended(id);
    }
    expect(await deadlocks()).toBe(0);
  }, 60_000);
});
