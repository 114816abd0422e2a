import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { labelOf } from "../../../src/agent/compute/container.ts";
import { findEngine } from "../../../src/agent/compute/engine.ts";
import { createJobs } from "../../../src/features/job/job.fixture.ts";
import { sleep } from "../../../src/platform/clock.ts";
import { isAlive, signal as sendSignal } from "../../../src/platform/process/kill.ts";
import { databases } from "../../support/app.ts";
import { containerSettings, makeImage } from "../../support/containers.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { createInstallation } from "./installation.ts";
import { checkInvariants } from "./invariants.ts";
import { processesOf, remainsOf } from "./remains.ts";
import { everything, type Given, gathered, putCode, putData, serveSlowly } from "./work.ts";

/** So many in CI; `npm run chaos` attacks for longer. */
const attacks = Number(process.env.TRAINYARD_CHAOS_ATTACKS ?? 4);
const containers = containerSettings();
const engine = await findEngine(containers);

describe.each(databases)("jobs whose server and agent are killed, on %s", (database) => {
  async function setUp() {
    const { folder, server, databaseUrl } = await createInstallation(database);
    const places = { home: server.home, temporary: join(folder, "tmp"), store: join(folder, "store") };
    for (const place of [places.temporary, places.store]) mkdirSync(place);
    const slowly = await serveSlowly();
    onTestFinished(slowly.close);
    const start = () =>
      server.start({
        TMPDIR: places.temporary,
        TRAINYARD_AGENT_SLOTS: "3",
        TRAINYARD_URL_DOWNLOADS: "any",
        TRAINYARD_URL_FOLDERS: `https://example.org/store=${places.store}:rw`,
        TRAINYARD_CONTAINERS_ENGINE: containers.engine,
        TRAINYARD_CONTAINERS_ARGUMENTS: containers.arguments,
        TRAINYARD_CONTAINERS_NETWORK: containers.network,
      });
    await start();
    const given: Given = {
      data: await putData(server.client()),
      code: await putCode(server.client()),
      slow: slowly.url,
      store: "https://example.org/store",
      image: engine ? await makeImage(engine) : null,
      nap: `sleep ${1_000_000 + randomInt(1_000_000_000)}`,
    };
    return { server, start, given, places, databaseUrl };
  }

  const agentOf = ({ home }: ServerProcess): { pid: number; startTime: string } =>
    JSON.parse(readFileSync(join(home, "agent", "agent.json"), "utf8"));
  const signalAgent = async (server: ServerProcess, signal: NodeJS.Signals) => {
    const { pid, startTime } = agentOf(server);
    if (await isAlive(pid, startTime)) sendSignal(pid, signal);
  };

  /** What is done to a running installation; afterwards it runs again. */
  const attackBy = {
    server: async (server: ServerProcess, start: () => Promise<void>) => {
      await server.kill();
      await start();
    },
    agent: (server: ServerProcess) => signalAgent(server, "SIGKILL"),
    both: async (server: ServerProcess, start: () => Promise<void>) => {
      await signalAgent(server, "SIGKILL");
      await server.kill();
      await start();
    },
    /** The agent does not hear that its server is gone. */
    "server of a sleeping agent": async (server: ServerProcess, start: () => Promise<void>) => {
      const { pid, startTime } = agentOf(server);
      await signalAgent(server, "SIGSTOP");
      await server.kill();
      await start();
      await expect
        .poll(() => isAlive(pid, startTime), { timeout: 15_000, message: "two agents in a home" })
        .toBe(false);
    },
  };
  const kinds = Object.keys(attackBy) as (keyof typeof attackBy)[];

  it(`are finished after ${attacks} attacks, and nothing is left behind`, { timeout: 900_000 }, async () => {
    const { server, start, given, places, databaseUrl } = await setUp();
    const { home, temporary, store } = places;
    const said: string[] = [];
    let attacked = 0;
    const attacking = (async () => {
      while (attacked < attacks) {
        await sleep(100 + randomInt(1500));
        const kind = kinds[attacked < kinds.length ? attacked : randomInt(kinds.length)]!;
        said.push(kind);
        await attackBy[kind](server, start);
        attacked++;
      }
    })();
    let failure: unknown;
    const stopped = attacking.catch((error: unknown) => {
      failure = error;
    });
    let rounds = 0;
    do {
      const round = ++rounds;
      const jobs = createJobs(server.client());
      const { id } = await jobs.submit(everything(given, round), `round-${round}`);
      const job = await jobs.ended(id, 180_000);
      expect(job.error, `round ${round} after ${said.join(", ")}`).toBeNull();
      const lines = readFileSync(join(store, String(round), "all"), "utf8")
        .trim()
        .split("\n");
      expect(lines.map((line) => line.trim()).sort()).toEqual(gathered(given));
    } while (attacked < attacks && failure === undefined);
    await stopped;
    expect(failure, `after ${said.join(", ")}`).toBeUndefined();

    expect(await server.client().audit.verify()).toMatchObject({ valid: true });
    await server.stop();
    await checkInvariants(home, databaseUrl);
    expect(await remainsOf(home)).toEqual([]);
    expect(processesOf(given.nap.replace(" ", "\0"))).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(store).sort()).toEqual(Array.from({ length: rounds }, (_, at) => String(at + 1)).sort());
    for (const round of readdirSync(store)) expect(readdirSync(join(store, round))).toEqual(["all"]);
    const label = `label=${labelOf(join(home, "agent"))}`;
    if (engine) expect(await engine.call(["ps", "-aq", "--filter", label])).toBe("");
  });
});
